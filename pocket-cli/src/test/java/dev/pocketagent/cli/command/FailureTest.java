package dev.pocketagent.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import dev.pocketagent.cli.FakeServices;
import dev.pocketagent.cli.FakeServices.Answer;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Terminal;

class FailureTest {

    private static Failure of(Answer answer) {
        try (var fake = new FakeServices().on("GET /x", answer)) {
            var api = new Api(Api.client(), "registry", URI.create(fake.url()), null);
            return Failure.of(catchThrowable(() -> api.get("/x")));
        }
    }

    private static String printed(Failure failure) {
        var err = new ByteArrayOutputStream();
        failure.print(Terminal.of(new ByteArrayOutputStream(), err, false, false, 80));
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldTellWhatIsWrongWhereAndWhatToDo() {
        // Given
        Failure failure = of(Answer.problem(500, "internal",
                ",\"detail\":\"It broke.\",\"errors\":[{\"pointer\":\"/slug\",\"detail\":\"is taken\"}]"));

        // When
        String text = printed(failure);

        // Then
        assertThat(text).isEqualTo("""
                error: T (registry: 500 internal)
                  It broke.
                  /slug: is taken
                  trace abc123
                next:  look for the trace in the log: pocket logs registry | grep abc123
                """);
    }

    @ParameterizedTest
    @CsvSource({"400,4", "401,4", "402,4", "403,4", "404,5", "409,4", "412,4", "422,4", "428,4", "429,4", "500,1",
            "502,1",
            "503,3", "504,3"})
    void shouldMapAnswersToExitCodes(int status, int exitCode) {
        assertThat(of(Answer.problem(status, "code", "")).exitCode()).isEqualTo(exitCode);
    }

    @Test
    void shouldSayOnceWhatIsWrongWithASingleField() {
        // When
        Failure failure = of(Answer.problem(400, "invalid_input",
                ",\"detail\":\"/plan: must be one\",\"errors\":[{\"pointer\":\"/plan\",\"detail\":\"must be one\"}]"));

        // Then
        assertThat(failure.details()).containsExactly("/plan: must be one", "trace abc123");
    }

    @ParameterizedTest
    @CsvSource({"slug_taken,another slug", "key_replaced,replacedBy", "key_ended,pocket key issue",
            "webhook_disabled,--enable", "pocketbase_off,pocket.registry.pocketbase.url",
            "sync_running,pocket pocketbase status"})
    void shouldKnowACureForEachClash(String code, String cure) {
        assertThat(of(Answer.problem(409, code, "")).cure()).contains(cure);
    }

    @Test
    void shouldSayWhenToTryAgain() {
        // When
        Failure failure = of(Answer.problem(429, "rate_limited", "").with("Retry-After", "7"));

        // Then
        assertThat(failure.cure()).isEqualTo("try again after 7 s");
    }

    @Test
    void shouldShowTheEndOfALogBetweenReasonAndCure() {
        // Given
        var thrown = new CliException(ExitCode.FAILED, "it ended", "read the log", List.of("line 1", "line 2"));

        // When
        String text = printed(Failure.of(thrown));

        // Then
        assertThat(text).isEqualTo("error: it ended\n  line 1\n  line 2\nnext:  read the log\n");
    }

    @Test
    void shouldNeverShowAStackTraceForAMissingFile() {
        // When
        Failure failure = Failure.of(new UncheckedIOException(new IOException("/x: no space left")));

        // Then
        assertThat(failure.message()).isEqualTo("reading or writing failed (IOException): /x: no space left");
        assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
    }
}
