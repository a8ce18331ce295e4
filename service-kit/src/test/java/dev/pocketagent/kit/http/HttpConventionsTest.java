package dev.pocketagent.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import dev.pocketagent.kit.problem.CommonProblem;
import dev.pocketagent.kit.problem.ProblemException;

class HttpConventionsTest {

    @Test
    void aCursorComesBackAsItWas() {
        Random random = new Random(3);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder part = new StringBuilder();
            random.ints(random.nextInt(30), 0x20, 0x3000).filter(Character::isDefined)
                    .forEach(part::appendCodePoint);
            String cursor = Cursor.encode(part.toString(), "", "2026-11-21T10:00:00Z");
            assertThat(cursor).matches("[A-Za-z0-9_-]*");
            assertThat(Cursor.decode(cursor, 3)).isEqualTo(List.of(part.toString(), "", "2026-11-21T10:00:00Z"));
        }
    }

    @Test
    void anEditedCutOrForeignCursorIsAnError() {
        String cursor = Cursor.encode("acme", "42");
        for (String bad : List.of("", "x", "%%%", cursor.substring(1), cursor.substring(0, cursor.length() - 2),
                "A" + cursor.substring(1), "x".repeat(5000))) {
            assertThatExceptionOfType(ProblemException.class).as(bad).isThrownBy(() -> Cursor.decode(bad, 2))
                    .satisfies(e -> assertThat(e.errors()).first().extracting("pointer").isEqualTo("?cursor"));
        }
        assertThatExceptionOfType(ProblemException.class).isThrownBy(() -> Cursor.decode(cursor, 3));
    }

    @Test
    void pagesKnowWhetherThereIsMore() {
        assertThat(Page.of(List.of("a", "b", "c"), 2, row -> row, row -> "after-" + row))
                .isEqualTo(new Page<>(List.of("a", "b"), "after-b"));
        assertThat(Page.of(List.of("a", "b"), 2, row -> row, row -> "x").nextCursor()).isNull();
    }

    @Test
    void limitsAreCheckedAtTheLimitAndOnePast() {
        assertThat(Paging.limit(null)).isEqualTo(50);
        assertThat(Paging.limit(1)).isEqualTo(1);
        assertThat(Paging.limit(200)).isEqualTo(200);
        for (int bad : new int[]{0, 201, -1, Integer.MAX_VALUE}) {
            assertThatExceptionOfType(ProblemException.class).isThrownBy(() -> Paging.limit(bad));
        }
    }

    @Test
    void ifMatchIsNeededAndMustBeThePresentVersion() {
        ETags.check("\"7\"", 7);
        ETags.check("\"1\", \"7\"", 7);
        ETags.check("*", 7);
        assertThat(problemOf(null)).isEqualTo(CommonProblem.PRECONDITION_REQUIRED);
        assertThat(problemOf(" ")).isEqualTo(CommonProblem.PRECONDITION_REQUIRED);
        for (String stale : List.of("\"6\"", "7", "W/\"7\"", "\"77\"")) {
            assertThat(problemOf(stale)).as(stale).isEqualTo(CommonProblem.PRECONDITION_FAILED);
        }
    }

    @Test
    void ifNoneMatchComparesWeakly() {
        assertThat(ETags.notModified(null, "\"a\"")).isFalse();
        assertThat(ETags.notModified("\"b\", W/\"a\"", "\"a\"")).isTrue();
        assertThat(ETags.notModified("\"b\"", "\"a\"")).isFalse();
    }

    private static Object problemOf(String ifMatch) {
        try {
            ETags.check(ifMatch, 7);
            return "passed";
        } catch (ProblemException e) {
            return e.type();
        }
    }
}
