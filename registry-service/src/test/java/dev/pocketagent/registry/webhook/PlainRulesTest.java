package dev.pocketagent.registry.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.net.OutboundHttp.Outcome;
import dev.pocketagent.kit.problem.ProblemException;
import dev.pocketagent.registry.event.EventTypes;

/** The arithmetic of webhooks, without a database. */
class PlainRulesTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private final RetrySchedule schedule = new RetrySchedule(
            List.of(Duration.ZERO, Duration.ofSeconds(5), Duration.ofMinutes(5)), Duration.ofHours(1), new Random(1));

    @Test
    void signsAsTheStandardsOwnExample() {
        // The example of the reference libraries of Standard Webhooks.
        byte[] secret = Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        byte[] body = "{\"test\": 2432232314}".getBytes(StandardCharsets.UTF_8);
        assertThat(Signature.header(List.of(secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assertThat(Signature.header(List.of(secret, new byte[32]), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body))
                .matches("v1,g0hM9SsE\\S+ v1,\\S+");
        assertThat(Signature.shown(new byte[32])).isEqualTo("whsec_" + "A".repeat(43) + "=");
    }

    @Test
    void waitsAsTheScheduleSaysSpreadByATenthAndEnds() {
        assertThat(schedule.first()).isZero();
        for (int i = 0; i < 200; i++) {
            assertThat(schedule.after(1, Duration.ZERO).orElseThrow()).isBetween(Duration.ofMillis(4500),
                    Duration.ofMillis(5500));
            assertThat(schedule.after(2, Duration.ZERO).orElseThrow()).isBetween(Duration.ofSeconds(270),
                    Duration.ofSeconds(330));
        }
        assertThat(schedule.after(3, Duration.ZERO)).isEmpty();
        assertThat(schedule.after(9, Duration.ofHours(1))).isEmpty();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RetrySchedule(List.of(), Duration.ZERO, new Random(1)));
    }

    @Test
    void anEndpointMayAskForMoreTimeButNotForLessAndNotForEver() {
        assertThat(schedule.asked("120", NOW)).isEqualTo(Duration.ofSeconds(120));
        assertThat(schedule.asked(" 86400 ", NOW)).isEqualTo(Duration.ofHours(1));
        assertThat(schedule.asked("Sat, 21 Nov 2026 10:00:30 GMT", NOW)).isEqualTo(Duration.ofSeconds(30));
        for (String useless : List.of("soon", "-5", "1.5", "99999999999999999999", "Sat, 21 Nov 2026 09:00:00 GMT",
                "")) {
            assertThat(schedule.asked(useless, NOW)).as(useless).isZero();
        }
        assertThat(schedule.asked(null, NOW)).isZero();
        assertThat(schedule.after(1, Duration.ofSeconds(120))).contains(Duration.ofSeconds(120));
        assertThat(schedule.after(2, Duration.ofSeconds(1)).orElseThrow()).isGreaterThan(Duration.ofSeconds(200));
    }

    @Test
    void answersMeanWhatTheStandardSuggests() {
        assertThat(Verdict.of(new Outcome.Answered(202, null))).isEqualTo(new Verdict.Delivered(202));
        assertThat(Verdict.of(new Outcome.Answered(410, null))).isEqualTo(new Verdict.Gone());
        for (int status : List.of(301, 308)) {
            assertThat(Verdict.of(new Outcome.Answered(status, null))).isInstanceOf(Verdict.Failed.class).asString()
                    .contains("redirects are not followed");
        }
        for (int status : List.of(429, 503)) {
            assertThat(Verdict.of(new Outcome.Answered(status, "7")))
                    .isEqualTo(new Verdict.Failed(status, "answered " + status, "7"));
        }
        assertThat(Verdict.of(new Outcome.Answered(500, "7")))
                .isEqualTo(new Verdict.Failed(500, "answered 500", null));
        assertThat(Verdict.of(new Outcome.Failed("why"))).isEqualTo(new Verdict.Failed(null, "why", null));
        assertThat(Verdict.of(new Outcome.Refused("why")))
                .isEqualTo(new Verdict.Failed(null, "not allowed: why", null));
    }

    @Test
    void everyTypeOfTheCatalogueCanBeAskedForAloneInItsGroupAndAmongAll() {
        assertThat(EventTypes.ALL).doesNotHaveDuplicates().contains("tenant.created", "key.revoked", "plan.created")
                .allSatisfy(type -> {
                    assertThat(type).matches("[a-z]+\\.[a-z-]+");
                    assertThat(EventFilter.check(EventFilter.patternsOf(type))).hasSize(3);
                });
        assertThat(EventFilter.check(List.of("tenant.*", "key.revoked", "tenant.*")))
                .containsExactly("key.revoked", "tenant.*");
        for (String unknown : List.of("tenant", "tenant.", "*.created", "tenant.created.*", "webhook.test", "t*", "")) {
            assertThatThrownBy(() -> EventFilter.check(List.of("*", unknown))).as(unknown)
                    .isInstanceOf(ProblemException.class).hasMessageContaining("/events/1");
        }
    }
}
