package dev.pocketagent.registry.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import dev.pocketagent.registry.audit.ChainCheck.Break;
import dev.pocketagent.registry.audit.ChainCheck.Reason;

class ChainTest {

    private static final UUID TENANT = UUID.fromString("01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11");

    private static List<AuditRow> chain(Random random, int length) {
        Chain chain = new Chain();
        Head head = Head.NONE;
        List<AuditRow> rows = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            Actor actor = random.nextInt(4) == 0
                    ? Actor.SYSTEM
                    : new Actor(new UUID(random.nextLong(), random.nextLong()), "operator");
            AuditRow row = chain.next(TENANT, head,
                    Instant.ofEpochSecond(1_800_000_000L + i, random.nextInt(1_000_000_000)),
                    actor, "tenant.suspend", "tenant/" + random.nextInt(), "{\"n\":" + random.nextInt(10) + "}");
            rows.add(row);
            head = new Head(row.seq(), row.hash());
        }
        return rows;
    }

    private static ChainCheck check(List<AuditRow> rows, Head noted) {
        ChainCheck check = new ChainCheck(new Chain());
        rows.forEach(check::row);
        check.end(noted);
        return check;
    }

    private static Head end(List<AuditRow> rows) {
        return new Head(rows.getLast().seq(), rows.getLast().hash());
    }

    @Test
    void aWholeChainIsWhole() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            // Given
            List<AuditRow> rows = chain(random, 1 + random.nextInt(30));
            // When
            ChainCheck check = check(rows, end(rows));
            // Then
            assertThat(check.firstBreak()).isNull();
            assertThat(check.rows()).isEqualTo(rows.size());
            assertThat(check.head()).isEqualTo(end(rows));
        }
    }

    @Test
    void anEditOfAnyFieldIsFoundAtItsRow() {
        Random random = new Random(2);
        for (int round = 0; round < 500; round++) {
            // Given
            List<AuditRow> rows = chain(random, 2 + random.nextInt(20));
            Head noted = end(rows);
            int victim = random.nextInt(rows.size());
            AuditRow row = rows.get(victim);
            rows.set(victim, switch (random.nextInt(7)) {
                case 0 -> new AuditRow(UUID.randomUUID(), row.seq(), row.at(), row.actor(), row.action(), row.target(),
                        row.detail(), row.previous(), row.hash());
                case 1 -> new AuditRow(TENANT, row.seq(), row.at().plusNanos(1000), row.actor(), row.action(),
                        row.target(), row.detail(), row.previous(), row.hash());
                case 2 -> new AuditRow(TENANT, row.seq(), row.at(), new Actor(row.actor().keyId(), "support"),
                        row.action(), row.target(), row.detail(), row.previous(), row.hash());
                case 3 -> new AuditRow(TENANT, row.seq(), row.at(), row.actor(), "tenant.resume", row.target(),
                        row.detail(), row.previous(), row.hash());
                case 4 -> new AuditRow(TENANT, row.seq(), row.at(), row.actor(), row.action(), row.target() + "x",
                        row.detail(), row.previous(), row.hash());
                case 5 -> new AuditRow(TENANT, row.seq(), row.at(), row.actor(), row.action(), row.target(),
                        row.detail() + " ", row.previous(), row.hash());
                // The boundary between two fields moves, their joined text stays the same.
                default -> new AuditRow(TENANT, row.seq(), row.at(), row.actor(),
                        row.action() + row.target().charAt(0), row.target().substring(1), row.detail(), row.previous(),
                        row.hash());
            });
            // When
            ChainCheck check = check(rows, noted);
            // Then
            assertThat(check.firstBreak()).isEqualTo(new Break(victim + 1, Reason.ROW_CHANGED));
        }
    }

    @Test
    void anEditWithARecomputedHashBreaksTheNextLink() {
        // Given
        List<AuditRow> rows = chain(new Random(3), 5);
        Head noted = end(rows);
        AuditRow row = rows.get(2);
        rows.set(2, new Chain().next(TENANT, new Head(2, row.previous()), row.at(), row.actor(), row.action(),
                row.target(), "{\"forged\":true}"));
        // When
        ChainCheck check = check(rows, noted);
        // Then
        assertThat(check.firstBreak()).isEqualTo(new Break(4, Reason.LINK_BROKEN));
    }

    @Test
    void aCutIsFoundInFrontInTheMiddleAndAtTheEnd() {
        List<AuditRow> rows = chain(new Random(4), 6);
        Head noted = end(rows);
        assertThat(check(rows.subList(1, 6), noted).firstBreak()).isEqualTo(new Break(1, Reason.ROW_MISSING));
        List<AuditRow> holed = new ArrayList<>(rows);
        holed.remove(3);
        assertThat(check(holed, noted).firstBreak()).isEqualTo(new Break(4, Reason.ROW_MISSING));
        assertThat(check(rows.subList(0, 4), noted).firstBreak()).isEqualTo(new Break(5, Reason.END_WRONG));
        assertThat(check(List.of(), noted).firstBreak()).isEqualTo(new Break(1, Reason.END_WRONG));
        assertThat(check(rows, Head.NONE).firstBreak()).isEqualTo(new Break(1, Reason.END_WRONG));
    }

    @Test
    void theFirstBreakIsKeptAndTheRestStillCounted() {
        List<AuditRow> rows = chain(new Random(5), 9);
        Head noted = end(rows);
        rows.remove(7);
        rows.remove(2);
        ChainCheck check = check(rows, noted);
        assertThat(check.firstBreak()).isEqualTo(new Break(3, Reason.ROW_MISSING));
        assertThat(check.rows()).isEqualTo(7);
    }

    @Test
    void timeIsKeptAsTheDatabaseKeepsIt() {
        AuditRow row = new Chain().next(TENANT, Head.NONE, Instant.ofEpochSecond(1, 123_456_789), Actor.SYSTEM, "a",
                "b",
                "{}");
        assertThat(row.at()).isEqualTo(Instant.ofEpochSecond(1, 123_456_000));
        assertThat(new Chain().hash(row)).isEqualTo(row.hash());
    }
}
