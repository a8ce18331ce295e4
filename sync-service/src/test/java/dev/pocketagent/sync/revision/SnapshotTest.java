package dev.pocketagent.sync.revision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import org.junit.jupiter.api.Test;

class SnapshotTest {

    private static final String ID = "0123456789012345678901234567890123456789";

    @Test
    void findsWhatAScanFinds() {
        // Given
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            Set<String> paths = new TreeSet<>();
            for (int i = random.nextInt(30); i > 0; i--) {
                paths.add(word(random) + "/" + word(random));
            }
            List<Entry> entries = new ArrayList<>(paths.stream().map(path -> new Entry(path, ID, false, 1)).toList());
            Collections.shuffle(entries, random);
            Snapshot snapshot = new Snapshot(ID, entries, List.of());
            String wanted = word(random);

            // When / Then
            assertThat(snapshot.below(wanted)).extracting(Entry::path)
                    .containsExactlyElementsOf(paths.stream().filter(path -> path.startsWith(wanted)).toList());
            for (String path : paths) {
                assertThat(snapshot.find(path)).isPresent();
                assertThat(snapshot.find(path + "x")).isEmpty();
            }
        }
    }

    @Test
    void aThousandSkippedEntriesAreNotAThousandWarnings() {
        // Given
        SnapshotBuilder builder = new SnapshotBuilder(new TreeCaps(1, 1, 1, 1, 1));
        for (int i = 0; i < 1000; i++) {
            builder.skip("symlink-skipped", "link" + i, "");
        }

        // When
        Snapshot snapshot = builder.build(ID);

        // Then
        assertThat(snapshot.warnings()).hasSize(SnapshotBuilder.LISTED_WARNINGS + 1);
        assertThat(snapshot.warnings().getLast().detail()).contains("900");
    }

    @Test
    void aTotalIsRefusedOneByteTooLate() throws Exception {
        // Given
        SnapshotBuilder builder = new SnapshotBuilder(new TreeCaps(10, 10, 10, 60, 100));
        builder.file("a", ID, false, 60);
        builder.file("b", ID, false, 40);

        // When / Then
        assertThatThrownBy(() -> builder.file("c", ID, false, 1)).isInstanceOfSatisfying(RefusedException.class,
                refused -> assertThat(refused.rule()).isEqualTo("tree-too-large"));
    }

    private static String word(Random random) {
        StringBuilder word = new StringBuilder();
        for (int i = random.nextInt(1, 4); i > 0; i--) {
            word.append("ab-".charAt(random.nextInt(3)));
        }
        return word.toString();
    }
}
