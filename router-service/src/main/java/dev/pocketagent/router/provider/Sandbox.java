package dev.pocketagent.router.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import dev.pocketagent.router.openai.ChatRequest;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/**
 * The built-in model: answers deterministically and without any provider, so that everything can be tried without a key.
 * Every answer and every event carries {@code "pocket":{"sandbox":true}}, and the text says so too.
 */
public final class Sandbox implements Provider {

    /** Events sent in one turn of the event loop when there is no pacing. */
    private static final int BURST = 32;
    /** A larger body is read on a worker thread; this much takes about 2 ms. */
    private static final int LARGE_BODY_BYTES = 256 * 1024;

    private final String name;
    private final long tokenDelayMillis;
    private final Health health;
    private final Vertx vertx;
    private final WorkerExecutor readers;
    private final Clock clock;

    /** @param tokenDelayMillis pause between two tokens of a stream; 0 for none */
    public Sandbox(String name, long tokenDelayMillis, Health health, Vertx vertx, Clock clock) {
        this.name = name;
        this.tokenDelayMillis = tokenDelayMillis;
        this.health = health;
        this.vertx = vertx;
        this.readers = LargeBodies.readers(vertx);
        this.clock = clock;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String type() {
        return "sandbox";
    }

    @Override
    public Health health() {
        return health;
    }

    @Override
    public Call start(Ask ask, Answer answer) {
        var call = new SandboxCall(ask, answer, vertx.getOrCreateContext());
        call.begin(ask.chat().body().length);
        return call;
    }

    @Override
    public void close() {
        // holds nothing
    }

    private final class SandboxCall implements Call {

        private final String requestId;
        private final String model;
        private final boolean stream;
        private final int choices;
        private final Answer answer;
        private final Context context;
        /** Null once it is read or not wanted any more, so that its body goes. Any thread. */
        private volatile @Nullable ChatRequest chat;
        private final List<byte[]> pieces = new ArrayList<>();
        private int next;
        private boolean over;
        private boolean paused;
        private boolean waiting;

        SandboxCall(Ask ask, Answer answer, Context context) {
            this.requestId = ask.requestId();
            this.model = ask.model().id();
            this.stream = ask.chat().stream();
            this.choices = ask.chat().choices();
            this.chat = ask.chat();
            this.answer = answer;
            this.context = context;
        }

        void begin(int bytes) {
            if (bytes <= LARGE_BODY_BYTES) {
                context.runOnContext(ignored -> speak(reply()));
            } else {
                readers.executeBlocking(this::reply, false).onComplete(result -> speak(result.result()));
            }
        }

        private @Nullable SandboxReply reply() {
            var asked = chat;
            chat = null;
            try {
                return asked == null
                        ? null
                        : SandboxReply.to(SandboxPrompt.read(asked.body()), asked.maxOutputTokens());
            } catch (IOException malformed) {
                return null; // the gateway has read this body before: can not happen
            }
        }

        private void speak(@Nullable SandboxReply reply) {
            if (over) {
                return;
            }
            if (reply == null) {
                over = true;
                answer.failed(Failure.BROKEN);
                return;
            }
            var format = new SandboxFormat(requestId, model, clock.instant().getEpochSecond());
            if (stream) {
                for (var event : format.events(reply, choices)) {
                    pieces.add(event.getBytes(StandardCharsets.UTF_8));
                }
                answer.head(200, "text/event-stream", 0);
            } else {
                pieces.add(format.whole(reply, choices).getBytes(StandardCharsets.UTF_8));
                answer.head(200, "application/json", 0);
            }
            step();
        }

        private void step() {
            int burst = tokenDelayMillis > 0 ? 1 : BURST;
            while (!over && burst-- > 0) {
                if (paused) {
                    waiting = true;
                    return;
                }
                answer.chunk(pieces.get(next++));
                if (next == pieces.size() && !over) {
                    over = true;
                    answer.end();
                    return;
                }
            }
            if (over) {
                return;
            }
            if (tokenDelayMillis > 0) {
                vertx.setTimer(tokenDelayMillis, ignored -> step());
            } else {
                context.runOnContext(ignored -> step());
            }
        }

        @Override
        public void pause() {
            paused = true;
        }

        @Override
        public void resume() {
            paused = false;
            if (waiting) {
                waiting = false;
                context.runOnContext(ignored -> step());
            }
        }

        @Override
        public void cancel() {
            over = true;
            chat = null;
        }

        @Override
        public boolean sent() {
            return true;
        }
    }
}
