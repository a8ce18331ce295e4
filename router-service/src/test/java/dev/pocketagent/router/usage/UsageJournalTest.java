package dev.pocketagent.router.usage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageJournalTest {

    @TempDir
    Path root;

    @Test
    void givesBackWhatWasWritten() throws IOException {
        // Given
        var journal = UsageJournal.open(root, 1_000_000);
        var rows = List.of(UsageRows.row(1), UsageRows.row(2), UsageRows.row(3));
        var file = journal.append(rows.subList(0, 2));
        journal.append(rows.subList(2, 3));

        // When
        var read = new ArrayList<UsageRow>();
        int broken = UsageJournal.read(file, read::addAll);

        // Then
        assertThat(read).isEqualTo(rows);
        assertThat(broken).isZero();
        journal.close();
    }

    @Test
    void aFileCutAnywhereGivesEveryWholeRow() throws IOException {
        // Given
        var journal = UsageJournal.open(root, 1_000_000);
        var rows = List.of(UsageRows.row(1), UsageRows.row(2), UsageRows.row(3));
        var bytes = Files.readAllBytes(journal.append(rows));
        var cut = root.resolve("cut");
        int line = bytes.length / 3;
        for (int length = 0; length <= bytes.length; length++) {
            Files.write(cut, Arrays.copyOf(bytes, length));

            // When
            var read = new ArrayList<UsageRow>();
            UsageJournal.read(cut, read::addAll);

            // Then
            // A row without its line feed is whole all the same.
            assertThat(read).isEqualTo(rows.subList(0, Math.min(3, (length + 1) / line)));
        }
        journal.close();
    }

    @Test
    void aDamagedLineHidesNoOther() throws IOException {
        // Given
        var journal = UsageJournal.open(root, 1_000_000);
        var file = journal.append(List.of(UsageRows.row(1), UsageRows.row(2), UsageRows.row(3)));
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] = (byte) 0xff;
        Files.write(file, bytes);

        // When
        var read = new ArrayList<UsageRow>();
        int broken = UsageJournal.read(file, read::addAll);

        // Then
        assertThat(read).extracting(UsageRow::inputTokens).containsExactly(1L, 3L);
        assertThat(broken).isEqualTo(1);
        journal.close();
    }

    @Test
    void leavesOthersAloneWhileTheyLiveAndCleansUpAfterItself() throws IOException {
        // Given
        var one = UsageJournal.open(root, 1_000_000);
        one.append(List.of(UsageRows.row(1)));
        var two = UsageJournal.open(root, 1_000_000);

        // When
        var adopted = two.adopt();

        // Then
        assertThat(adopted).isEmpty();
        one.close(); // its rows stay
        two.close();
        try (var left = Files.list(root)) {
            assertThat(left).hasSize(1);
        }
        var three = UsageJournal.open(root, 1_000_000);
        assertThat(three.adopt()).hasSize(1);
        three.close();
    }
}
