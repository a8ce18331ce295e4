package dev.pocketagent.router.provider;

import java.net.URI;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import io.netty.buffer.Unpooled;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;

/** Anything that speaks OpenAI's chat completions over HTTP/1.1: OpenAI, Ollama, vLLM, OpenRouter, LiteLLM. */
public final class OpenAiCompatible implements Provider {

    /**
     * How the provider is reached.
     *
     * @param baseUrl without {@code /chat/completions}
     * @param apiKey null for none
     */
    public record Settings(URI baseUrl, @Nullable String apiKey, int maxConnections, int maxWaiting,
            long connectTimeoutMillis, long firstByteTimeoutMillis, long idleTimeoutMillis, long totalTimeoutMillis,
            int keepAliveSeconds) {

        public Settings {
            var scheme = baseUrl.getScheme() == null ? "" : baseUrl.getScheme().toLowerCase(Locale.ROOT);
            if (baseUrl.getHost() == null || !scheme.equals("http") && !scheme.equals("https")) {
                throw new IllegalArgumentException("\"" + baseUrl + "\" is no http or https address");
            }
        }

        @Override
        public String toString() {
            return "Settings[" + baseUrl + "]"; // never the key
        }
    }

    private static final int MAX_HEADER_BYTES = 32 * 1024;

    private final String name;
    private final Settings settings;
    private final Health health;
    private final Vertx vertx;
    private final HttpClient client;
    private final RequestOptions target;
    private final @Nullable String authorization;

    public OpenAiCompatible(String name, Settings settings, Health health, Vertx vertx) {
        this.name = name;
        this.settings = settings;
        this.health = health;
        this.vertx = vertx;
        this.authorization = settings.apiKey() == null ? null : "Bearer " + settings.apiKey();
        boolean tls = "https".equalsIgnoreCase(settings.baseUrl().getScheme());
        int port = settings.baseUrl().getPort();
        var path = settings.baseUrl().getRawPath() == null ? "" : settings.baseUrl().getRawPath();
        this.target = new RequestOptions().setMethod(HttpMethod.POST).setHost(settings.baseUrl().getHost())
                .setPort(port > 0 ? port : tls ? 443 : 80).setSsl(tls)
                .setURI((path.endsWith("/") ? path.substring(0, path.length() - 1) : path) + "/chat/completions");
        // No decompression: bytes are passed on as they come, so none is asked for either.
        this.client = vertx.createHttpClient(new HttpClientOptions().setSsl(tls).setTcpNoDelay(true).setKeepAlive(true)
                .setKeepAliveTimeout(settings.keepAliveSeconds()).setMaxHeaderSize(MAX_HEADER_BYTES)
                .setConnectTimeout((int) settings.connectTimeoutMillis()).setDecompressionSupported(false),
                new PoolOptions().setHttp1MaxSize(settings.maxConnections())
                        .setMaxWaitQueueSize(settings.maxWaiting()));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return "openai-compatible";
    }

    @Override
    public Health health() {
        return health;
    }

    @Override
    public Call start(Ask ask, Answer answer) {
        var call = new HttpCall(ask, answer);
        call.watch();
        client.request(new RequestOptions(target)).onComplete(call::connected);
        return call;
    }

    @Override
    public void close() {
        client.close();
    }

    /** One exchange with the upstream; lives on one event loop. */
    private final class HttpCall implements Call {

        private final Answer answer;
        private final boolean stream;
        private final long startedAt = System.nanoTime();

        /** Null once it is sent, so that its body does not live as long as the answer. */
        private @Nullable Ask ask;
        private @Nullable HttpClientRequest request;
        private @Nullable HttpClientResponse response;
        private boolean over;
        private boolean sent;
        private boolean paused;
        private boolean bytesCame;
        private long lastByteAt;
        private long timer = -1;

        HttpCall(Ask ask, Answer answer) {
            this.ask = ask;
            this.stream = ask.chat().stream();
            this.answer = answer;
        }

        void connected(AsyncResult<HttpClientRequest> result) {
            if (over) {
                // The client left, or time ran out, while the connection was being opened.
                if (result.succeeded()) {
                    result.result().exceptionHandler(ignored -> {
                    });
                    result.result().reset();
                }
                return;
            }
            if (result.failed()) {
                var failure = result.cause() instanceof ConnectionPoolTooBusyException ? Failure.BUSY : Failure.CONNECT;
                // A full pool says so at once, and nobody may be called back before start() has returned.
                vertx.runOnContext(ignored -> fail(failure));
                return;
            }
            var asked = ask;
            ask = null;
            var opened = result.result();
            request = opened;
            if (asked != null) {
                send(opened, asked);
            }
        }

        private void send(HttpClientRequest opened, Ask asked) {
            opened.exceptionHandler(this::broken);
            opened.putHeader("content-type", "application/json").putHeader("accept",
                    stream ? "text/event-stream" : "application/json");
            opened.putHeader("user-agent", "pocketagent-router").putHeader("x-request-id", asked.requestId());
            if (authorization != null) {
                opened.putHeader("authorization", authorization);
            }
            if (asked.traceparent() != null) {
                opened.putHeader("traceparent", asked.traceparent());
            }
            sent = true;
            // send() writes head and body in one go.
            opened.send(wrapped(asked.chat().upstreamBody(asked.model().upstreamId())))
                    .onComplete(this::answered);
        }

        private void answered(AsyncResult<HttpClientResponse> result) {
            if (over) {
                return;
            }
            if (result.failed()) {
                broken(result.cause());
                return;
            }
            var head = result.result();
            response = head;
            head.exceptionHandler(this::broken);
            head.handler(this::chunk);
            head.endHandler(ignored -> end());
            answer.head(head.statusCode(), head.getHeader("content-type"), seconds(head.getHeader("retry-after")));
        }

        private void chunk(Buffer buffer) {
            if (!over) {
                bytesCame = true;
                lastByteAt = System.nanoTime();
                answer.chunk(buffer.getBytes());
            }
        }

        private void end() {
            if (!over) {
                close();
                answer.end();
            }
        }

        private void broken(Throwable cause) {
            fail(Failure.BROKEN);
        }

        private void fail(Failure failure) {
            if (!over) {
                close();
                if (request != null) {
                    request.reset();
                }
                answer.failed(failure);
            }
        }

        @Override
        public void cancel() {
            if (!over) {
                close();
                if (request != null) {
                    request.reset();
                }
            }
        }

        private void close() {
            over = true;
            ask = null;
            vertx.cancelTimer(timer);
        }

        @Override
        public void pause() {
            if (!paused && !over && response != null) {
                paused = true;
                response.pause();
            }
        }

        @Override
        public void resume() {
            if (paused) {
                paused = false;
                lastByteAt = System.nanoTime(); // the silence was ours
                if (!over && response != null) {
                    response.resume();
                }
            }
        }

        @Override
        public boolean sent() {
            return sent;
        }

        /** One timer a call, moved on only when it fires: moving it with every chunk would cost more than the chunk. */
        private void watch() {
            long total = startedAt + millis(settings.totalTimeoutMillis());
            long due = total;
            var kind = Failure.TOTAL_TIMEOUT;
            if (stream && !paused) {
                long quiet = bytesCame
                        ? lastByteAt + millis(settings.idleTimeoutMillis())
                        : startedAt + millis(settings.firstByteTimeoutMillis());
                if (quiet - due < 0) {
                    due = quiet;
                    kind = bytesCame ? Failure.IDLE_TIMEOUT : Failure.FIRST_BYTE_TIMEOUT;
                }
            }
            long left = due - System.nanoTime();
            if (left <= 0) {
                fail(kind);
                return;
            }
            // While paused, look again in an idle period's time: resuming does not touch the timer.
            long wait = paused ? Math.min(left, millis(settings.idleTimeoutMillis())) : left;
            timer = vertx.setTimer(TimeUnit.NANOSECONDS.toMillis(wait) + 1, ignored -> {
                if (!over) {
                    watch();
                }
            });
        }

        private long millis(long millis) {
            return TimeUnit.MILLISECONDS.toNanos(millis);
        }
    }

    /** Not copied, as {@code Buffer.buffer(byte[])} does: it may be many megabytes. */
    @SuppressWarnings("deprecation") // Vert.x 5 has the same under another name, Vert.x 4 has nothing else
    private static Buffer wrapped(byte[] bytes) {
        return Buffer.buffer(Unpooled.wrappedBuffer(bytes));
    }

    private static int seconds(@Nullable String header) {
        if (header == null || header.length() > 6 || header.isBlank()
                || !header.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        return Integer.parseInt(header);
    }
}
