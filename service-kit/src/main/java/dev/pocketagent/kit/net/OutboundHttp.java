package dev.pocketagent.kit.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import javax.net.ssl.SSLException;

import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.problem.ProblemException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;

/**
 * Posts to addresses that tenants gave us. A name is looked up once, every address it has must be allowed, and the
 * connection goes to exactly the address that was checked, while TLS proves the name that was asked for: a second answer of
 * the DNS (rebinding) changes nothing. No redirects, no cookies, no proxy, one request a connection. Of an answer only the
 * status and {@code Retry-After} come out; what its body says is thrown away after a few KiB.
 */
@ApplicationScoped
public class OutboundHttp {

    /** How a request ended. Reasons are short, for people, and tell nothing about our network. */
    public sealed interface Outcome {

        /** There was an answer, whatever its status. */
        record Answered(int status, @Nullable String retryAfter) implements Outcome {}

        /** No answer: unreachable, too slow, cut, no TLS, no HTTP. */
        record Failed(String reason) implements Outcome {}

        /** Nothing was connected: the address is not allowed. */
        record Refused(String reason) implements Outcome {}
    }

    private static final int MOST_ADDRESSES_TRIED = 4;
    private static final int MOST_BODY_BYTES = 16 * 1024;
    private static final Duration LONGEST_CONNECT = Duration.ofSeconds(5);
    /** An answer whose head is there counts; its body gets only a moment to end in good order. */
    private static final Duration LONGEST_BODY = Duration.ofSeconds(1);
    private static final int MOST_CONNECTIONS = 512;
    private static final int MOST_LOOKUPS = 64;
    /** Of requests that only check an address; apart from those of posts, which they must not keep from their work. */
    private static final int MOST_CHECKS = 16;

    private final OutboundGuard guard;
    private final HttpClient client;
    private final NameLookup lookups;
    private final NameLookup checks;

    @Inject
    OutboundHttp(Vertx vertx, OutboundGuard guard) {
        this(vertx, guard, InetAddress::getAllByName);
    }

    public OutboundHttp(Vertx vertx, OutboundGuard guard, NameLookup.Resolver resolver) {
        this(vertx, guard, resolver, new HttpClientOptions());
    }

    OutboundHttp(Vertx vertx, OutboundGuard guard, NameLookup.Resolver resolver, HttpClientOptions trust) {
        this.guard = guard;
        this.lookups = new NameLookup(resolver, MOST_LOOKUPS, "outbound-lookup-");
        this.checks = new NameLookup(resolver, MOST_CHECKS, "outbound-check-");
        this.client = vertx.createHttpClient(trust.setKeepAlive(false).setVerifyHost(true)
                .setDecompressionSupported(false).setConnectTimeout((int) LONGEST_CONNECT.toMillis())
                .setSslHandshakeTimeout(LONGEST_CONNECT.toMillis()).setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS),
                // Many tenants may use one host: one of them must not queue behind the others.
                new PoolOptions().setHttp1MaxSize(MOST_CONNECTIONS));
    }

    @PreDestroy
    public void close() {
        client.close();
        lookups.close();
        checks.close();
    }

    /**
     * Refuses an address that {@link #post} would refuse, as far as that is known within the patience: a name that is not
     * found out by then passes by its form alone, since {@link #post} looks it up again.
     *
     * @throws ProblemException 422 {@code outbound_refused}, naming what is wrong but not what the name resolved to
     */
    public void check(URI uri, Duration patience) {
        guard.checkForm(uri);
        String host = OutboundGuard.host(uri);
        try {
            guard.checkAddresses(InetAddress.ofLiteral(host));
            return;
        } catch (IllegalArgumentException isName) {
            // Looked up below.
        }
        try {
            guard.checkAddresses(checks.addressesOf(host, patience));
        } catch (TimeoutException | RejectedExecutionException unknownYet) {
            // Too slow, or too many at once: the form must do.
        } catch (UnknownHostException e) {
            throw OutboundGuard.unknown();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Posts a body and waits for the answer's head. Call it on a virtual thread.
     *
     * @param timeout for everything together, from the lookup to the answer's head
     */
    public Outcome post(URI uri, Map<String, String> headers, byte[] body, Duration timeout)
            throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try {
            guard.checkForm(uri);
            InetAddress[] addresses = lookups.addressesOf(OutboundGuard.host(uri), timeout);
            for (InetAddress address : addresses) {
                if (!guard.addresses().allows(address)) {
                    return new Outcome.Refused("the host is in a private or reserved network");
                }
            }
            return exchange(connect(uri, addresses, deadline), uri, headers, body, deadline);
        } catch (ProblemException e) {
            return new Outcome.Refused(e.detail());
        } catch (TimeoutException e) {
            return new Outcome.Failed("no answer within " + timeout.toMillis() + " ms");
        } catch (RejectedExecutionException e) {
            return new Outcome.Failed("the host's name cannot be looked up now");
        } catch (UnknownHostException e) {
            return new Outcome.Failed(reason(e));
        } catch (ExecutionException e) {
            return new Outcome.Failed(reason(e.getCause()));
        }
    }

    private HttpClientRequest connect(URI uri, InetAddress[] addresses, long deadline)
            throws InterruptedException, ExecutionException, TimeoutException {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        RequestOptions target = new RequestOptions().setMethod(HttpMethod.POST).setHost(OutboundGuard.host(uri))
                .setPort(OutboundGuard.port(uri)).setSsl(uri.getScheme().equalsIgnoreCase("https"))
                .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery()).setFollowRedirects(false);
        ExecutionException failure = new ExecutionException(new UnknownHostException());
        for (int i = 0; i < Math.min(addresses.length, MOST_ADDRESSES_TRIED); i++) {
            CompletableFuture<HttpClientRequest> connecting = client.request(new RequestOptions(target)
                    .setServer(SocketAddress.inetSocketAddress(
                            new InetSocketAddress(addresses[i], OutboundGuard.port(uri)))))
                    .toCompletionStage().toCompletableFuture();
            try {
                return connecting.get(left(deadline), TimeUnit.NANOSECONDS);
            } catch (ExecutionException e) {
                failure = e;
            } catch (InterruptedException | TimeoutException e) {
                connecting.thenAccept(late -> late.connection().close());
                throw e;
            }
        }
        throw failure;
    }

    private static Outcome exchange(HttpClientRequest request, URI uri, Map<String, String> headers, byte[] body,
            long deadline) throws InterruptedException, ExecutionException, TimeoutException {
        try {
            // Without a handler Vert.x logs an error for each peer that cuts or talks nonsense.
            request.connection().exceptionHandler(broken -> {
            });
            request.putHeader(HttpHeaders.HOST,
                    uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort());
            headers.forEach(request::putHeader);
            CompletableFuture<Void> ended = new CompletableFuture<>();
            Future<HttpClientResponse> answer = request.response().map(response -> {
                int[] left = {MOST_BODY_BYTES};
                response.handler(piece -> {
                    left[0] -= piece.length();
                    if (left[0] < 0) {
                        ended.complete(null);
                        response.pause();
                    }
                }).endHandler(end -> ended.complete(null)).exceptionHandler(broken -> ended.complete(null));
                return response;
            });
            request.send(Buffer.buffer(body));
            HttpClientResponse head = answer.toCompletionStage().toCompletableFuture().get(left(deadline),
                    TimeUnit.NANOSECONDS);
            try {
                ended.get(Math.min(LONGEST_BODY.toNanos(), left(deadline)), TimeUnit.NANOSECONDS);
            } catch (TimeoutException slow) {
                // The answer is known; the rest of its body does not matter.
            }
            return new Outcome.Answered(head.statusCode(), head.getHeader(HttpHeaders.RETRY_AFTER));
        } finally {
            request.connection().close();
        }
    }

    private static long left(long deadline) {
        return Math.max(0, deadline - System.nanoTime());
    }

    private static String reason(@Nullable Throwable cause) {
        return switch (cause) {
            case UnknownHostException unknown -> "the host's name is not known";
            case SSLException tls -> "no secure connection: the certificate or the TLS version is not good";
            case java.net.ConnectException refused -> "the connection was refused or not made in time";
            case null, default -> "the connection broke, or the answer is not HTTP";
        };
    }
}
