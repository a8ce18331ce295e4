package dev.pocketagent.router.gateway;

import java.io.ByteArrayOutputStream;
import java.util.List;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.kit.Ids;
import dev.pocketagent.router.catalog.Decision;
import dev.pocketagent.router.catalog.Demand;
import dev.pocketagent.router.catalog.Model;
import dev.pocketagent.router.gateway.RouterMetrics.Outcome;
import dev.pocketagent.router.openai.ApiError;
import dev.pocketagent.router.openai.ChatRequest;
import dev.pocketagent.router.openai.JsonAnswer;
import dev.pocketagent.router.openai.SseScanner;
import dev.pocketagent.router.openai.TokenUsage;
import dev.pocketagent.router.provider.Answer;
import dev.pocketagent.router.provider.Ask;
import dev.pocketagent.router.provider.Call;
import dev.pocketagent.router.provider.Failure;
import dev.pocketagent.router.provider.Provider;
import dev.pocketagent.router.usage.UsageRow;
import dev.pocketagent.router.usage.UsageRow.Source;
import dev.pocketagent.router.usage.UsageRow.Status;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * One chat request from the chosen models to the last byte. Models are tried in order until a first byte went to the
 * client; from then on there is no way back. Lives on one event loop.
 */
final class Exchange {

    private static final int MAX_ERROR_BYTES = 64 * 1024;
    private static final int MAX_REASON = 400;

    private final Gateway gateway;
    private final ChatRoute.Arrival arrival;
    private final Admission.Granted key;
    private ChatRequest chat;
    private final HttpServerResponse response;
    private final Context context;

    private List<Model> candidates = List.of();
    private String reason = "";
    private int tried;
    private @Nullable Attempt current;
    private boolean finished;

    Exchange(Gateway gateway, ChatRoute.Arrival arrival, Admission.Granted key, ChatRequest chat) {
        this.gateway = gateway;
        this.arrival = arrival;
        this.key = key;
        this.chat = chat;
        this.response = arrival.request.response();
        this.context = gateway.vertx.getOrCreateContext();
    }

    void begin() {
        response.closeHandler(ignored -> clientLeft());
        response.exceptionHandler(ignored -> clientLeft());
        arrival.request.exceptionHandler(ignored -> clientLeft());
        var demand = new Demand(chat.estimatedInputTokens(), chat.maxOutputTokens());
        switch (gateway.providers.selection().decide(chat.model(), demand, key.models())) {
            case Decision.Unknown(String name) -> refuse(ApiError.modelNotFound(name));
            case Decision.Exhausted(String why) -> refuse(ApiError.upstreamUnavailable("no_model_available",
                    "No model can take this request now: " + why + ".", 5));
            case Decision.Chosen(List<Model> models, String why) -> {
                candidates = models;
                reason = why;
                attempt();
            }
        }
    }

    private void attempt() {
        var model = candidates.get(tried++);
        var attempt = new Attempt(model, gateway.providers.get(model.provider()));
        current = attempt;
        attempt.call = attempt.provider.start(
                new Ask(arrival.requestId, traceparent(), model, chat), attempt);
    }

    private @Nullable String traceparent() {
        var header = arrival.request.getHeader("traceparent");
        return header != null && header.length() <= 128 ? header : null;
    }

    private void refuse(ApiError error) {
        if (!finished) {
            finished = true;
            forgetBody();
            arrival.end(ChatRoute.outcomeOf(error));
            Reply.error(arrival.request, error, key.profile());
        }
    }

    private void clientLeft() {
        if (!finished) {
            finished = true;
            if (current != null) {
                current.abandon();
            }
            forgetBody();
            arrival.end(Outcome.CLIENT_LEFT);
        }
    }

    /** A call that waits for a connection may keep this exchange in memory for long; the body must not stay with it. */
    private void forgetBody() {
        chat = chat.withoutBody();
    }

    /** One model's try. */
    private final class Attempt implements Answer {

        private final Model model;
        private final Provider provider;
        private final SseScanner scanner = new SseScanner(!chat.includeUsage(), gateway.maxEventBytes);
        private final ByteArrayOutputStream pending = new ByteArrayOutputStream(chat.stream() ? 1024 : 2048);

        private @Nullable Call call;
        private int status;
        private int retryAfterSeconds;
        private boolean over;
        private boolean complete;
        private boolean interrupted;
        private boolean flushDue;

        Attempt(Model model, Provider provider) {
            this.model = model;
            this.provider = provider;
        }

        @Override
        public void head(int answered, @Nullable String contentType, int retryAfter) {
            status = answered;
            retryAfterSeconds = retryAfter;
            boolean success = answered / 100 == 2;
            if (success && chat.stream() && contentType != null && contentType.startsWith("application/json")) {
                give(badResponse("It sent no event stream."), RouterMetrics.BAD_RESPONSE);
            }
        }

        @Override
        public void chunk(byte[] bytes) {
            if (over) {
                cancel(); // more after the end of a stream
            } else if (status / 100 != 2) {
                pending.write(bytes, 0, Math.min(bytes.length, MAX_ERROR_BYTES - pending.size()));
            } else if (!chat.stream()) {
                pending.writeBytes(bytes);
                if (pending.size() > gateway.maxAnswerBytes) {
                    give(badResponse("Its answer is too large."), RouterMetrics.BAD_RESPONSE);
                }
            } else {
                switch (scanner.feed(bytes, pending)) {
                    case OPEN -> flushSoon();
                    case DONE -> streamComplete();
                    case ERROR -> streamBroken("It reported an error.", RouterMetrics.ERROR_STATUS);
                    case GARBAGE -> streamBroken("It sent no event stream.", RouterMetrics.BAD_RESPONSE);
                }
            }
        }

        @Override
        public void end() {
            if (over) {
                return;
            }
            if (status / 100 != 2) {
                errorStatus();
            } else if (!chat.stream()) {
                wholeAnswer();
            } else if (scanner.finish(pending)) {
                streamComplete();
            } else {
                streamBroken("Its answer ended too early.", Failure.BROKEN.word());
            }
        }

        @Override
        public void failed(Failure failure) {
            if (over) {
                return;
            }
            if (response.headWritten() || pending.size() > 0 && chat.stream() && status / 100 == 2) {
                streamBroken("", failure.word());
                return;
            }
            give(switch (failure) {
                case CONNECT -> ApiError.upstreamUnavailable("upstream_unreachable",
                        "The model's provider can not be reached. Try again shortly.", 2);
                case BUSY -> ApiError.upstreamUnavailable("upstream_busy",
                        "Too many requests wait for the model's provider. Try again shortly.", 1);
                case FIRST_BYTE_TIMEOUT, IDLE_TIMEOUT, TOTAL_TIMEOUT ->
                    ApiError.upstreamTimeout("The model's provider did not answer in time.");
                case BROKEN -> badResponse("It broke the connection.");
            }, failure.word());
        }

        /** The client is gone: the provider must stop at once, and what it did so far is booked. */
        void abandon() {
            cancel();
            if (!over) {
                over = true;
                if (call != null && call.sent()) {
                    book(Status.CLIENT_LEFT, bookedSoFar(), reported() ? Source.REPORTED : Source.ESTIMATED);
                }
            }
        }

        private void cancel() {
            if (call != null) {
                call.cancel();
            }
        }

        private void flushSoon() {
            if (!flushDue && pending.size() > 0) {
                // All that arrives in this turn of the event loop leaves in one write.
                flushDue = true;
                context.runOnContext(ignored -> flush());
            }
        }

        private void flush() {
            flushDue = false;
            if (finished || response.closed()) {
                return;
            }
            if (!response.headWritten()) {
                forgetBody(); // no other model will be asked any more
                arrival.releaseBody();
                gateway.metrics.firstByte(provider.name(), System.nanoTime() - arrival.startedAt);
                decorate().putHeader("content-type", "text/event-stream; charset=utf-8")
                        .putHeader("cache-control", "no-cache").putHeader("x-accel-buffering", "no").setChunked(true);
            }
            var bytes = Buffer.buffer(pending.toByteArray());
            pending.reset();
            if (complete || interrupted) {
                finished = true;
                arrival.end(complete ? Outcome.OK : Outcome.INTERRUPTED);
                response.end(bytes);
                return;
            }
            response.write(bytes);
            if (response.writeQueueFull() && call != null) {
                var slowed = call;
                slowed.pause();
                response.drainHandler(ignored -> slowed.resume());
            }
        }

        private void streamComplete() {
            over = true;
            complete = true;
            provider.health().succeeded();
            var usage = scanner.usage();
            book(Status.OK, usage != null ? usage : estimated(), usage != null ? Source.REPORTED : Source.ESTIMATED);
            flushSoon();
        }

        private void streamBroken(String what, String word) {
            boolean nothingSent = !response.headWritten() && pending.size() == 0;
            if (nothingSent) {
                give(badResponse(what), word);
                return;
            }
            over = true;
            interrupted = true;
            cancel();
            fault(word);
            book(Status.INTERRUPTED, bookedSoFar(), reported() ? Source.REPORTED : Source.ESTIMATED);
            pending.writeBytes(ApiError.upstreamInterrupted().event());
            flushSoon();
        }

        private void wholeAnswer() {
            var body = pending.toByteArray();
            var answer = JsonAnswer.read(body);
            if (answer == null) {
                give(badResponse("It sent no JSON."), RouterMetrics.BAD_RESPONSE);
                return;
            }
            over = true;
            provider.health().succeeded();
            var usage = answer.usage();
            long cost = book(Status.OK,
                    usage != null ? usage : new TokenUsage(chat.estimatedInputTokens(), answer.estimatedOutputTokens()),
                    usage != null ? Source.REPORTED : Source.ESTIMATED);
            finished = true;
            gateway.metrics.firstByte(provider.name(), System.nanoTime() - arrival.startedAt);
            arrival.end(Outcome.OK);
            decorate().putHeader("content-type", Reply.JSON).putHeader("x-pocket-cost-micros", Long.toString(cost))
                    .end(Buffer.buffer(body));
        }

        private void errorStatus() {
            var verdict = UpstreamStatus.of(status, retryAfterSeconds, pending.toByteArray());
            pending.reset();
            if (verdict.requestsFault()) {
                over = true;
                provider.health().succeeded();
                book(Status.FAILED, new TokenUsage(0, 0), Source.NONE);
                decorate();
                refuse(verdict.error());
            } else {
                give(verdict.error(), verdict.word());
            }
        }

        /** Gives this model up before anything reached the client: on to the next, or the error to the client. */
        private void give(ApiError error, String word) {
            over = true;
            boolean mayHaveWorked = call != null && call.sent() && status == 0;
            cancel();
            fault(word);
            if (call != null && call.sent()) {
                // Without a status nobody knows how far the provider got; the prompt it has read, most likely.
                book(Status.FAILED,
                        mayHaveWorked ? new TokenUsage(chat.estimatedInputTokens(), 0) : new TokenUsage(0, 0),
                        mayHaveWorked ? Source.ESTIMATED : Source.NONE);
            }
            if (finished) {
                return;
            }
            if (tried < candidates.size()) {
                reason += "; " + model.id() + " failed (" + word + "), fell back to " + candidates.get(tried).id();
                attempt();
            } else {
                decorate();
                refuse(error);
            }
        }

        private void fault(String word) {
            provider.health().failed(word);
            gateway.metrics.failure(provider.name(), word);
        }

        private HttpServerResponse decorate() {
            return response.putHeader("x-pocket-model", model.id()).putHeader("x-pocket-provider", provider.name())
                    .putHeader("x-pocket-decision", headerText(reason));
        }

        private boolean reported() {
            return chat.stream() && scanner.usage() != null;
        }

        private TokenUsage bookedSoFar() {
            var usage = scanner.usage();
            return usage != null ? usage : estimated();
        }

        private TokenUsage estimated() {
            return new TokenUsage(chat.estimatedInputTokens(), scanner.estimatedOutputTokens());
        }

        private long book(Status how, TokenUsage usage, Source source) {
            long cost = model.price().costMicros(usage.inputTokens(), usage.outputTokens());
            var row = new UsageRow(Ids.next(gateway.clock), gateway.clock.instant(), key.tenantId(), key.keyId(),
                    arrival.requestId, model.id(),
                    provider.name(), usage.inputTokens(), usage.outputTokens(), cost, source, how,
                    (System.nanoTime() - arrival.startedAt) / 1_000_000, chat.stream());
            gateway.usage.add(row);
            gateway.metrics.booked(row);
            return cost;
        }

        private ApiError badResponse(String what) {
            return ApiError.upstreamFailed("upstream_bad_response",
                    "The model's provider did not answer properly. " + what);
        }
    }

    /** Model names come from the configuration and may hold anything; a header may not. */
    private static String headerText(String text) {
        var visible = new StringBuilder(Math.min(text.length(), MAX_REASON));
        for (int i = 0; i < text.length() && i < MAX_REASON; i++) {
            char c = text.charAt(i);
            visible.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return visible.toString();
    }
}
