package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

class ProseTest {

    private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"));
    private static final Column TEXT = Column.text("for", "/text");
    private static final JsonNode ROWS = Json
            .read("""
            [{"name":"one","text":"The quick brown fox jumps over the lazy dog and on."},{"name":"three","text":"Short."}]""");

    @Test
    void shouldBreakBetweenWordsAndNeverInside() {
        assertThat(Prose.wrap(" a bc  def\nghi ", 6)).containsExactly("a bc", "def", "ghi");
        assertThat(Prose.wrap("a incomprehensibilities b", 6)).containsExactly("a", "incomprehensibilities", "b");
        assertThat(Prose.wrap("", 6)).containsExactly("");
    }

    @Test
    void shouldPutTheTextBesideTheRowWhereThereIsRoom() {
        assertThat(Prose.table(COLUMNS, TEXT, ROWS, 43)).containsExactly("NAME   FOR",
                "one    The quick brown fox jumps over the", "       lazy dog and on.", "three  Short.");
    }

    @Test
    void shouldPutTheTextBelowTheRowWhereThereIsNot() {
        assertThat(Prose.table(COLUMNS, TEXT, ROWS, 40)).containsExactly("NAME", "one",
                "    The quick brown fox jumps over the", "    lazy dog and on.", "three", "    Short.");
    }

    @Test
    void shouldNotBreakWhatGoesIntoAFile() {
        assertThat(Prose.table(COLUMNS, TEXT, ROWS, 0)).containsExactly("NAME   FOR",
                "one    The quick brown fox jumps over the lazy dog and on.", "three  Short.");
    }
}
