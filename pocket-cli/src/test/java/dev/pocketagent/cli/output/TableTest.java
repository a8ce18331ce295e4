package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

class TableTest {

    private static final List<Column> COLUMNS = List.of(Column.text("name", "/name"), Column.number("n", "/n"),
            new Column("cost", "/cost", Column.Kind.MICROS));

    @Test
    void shouldAlignNumbersRightAndTextLeft() {
        // Given
        var rows = Json
                .read("[{\"name\":\"a\",\"n\":7,\"cost\":1500},{\"name\":\"long name\",\"n\":1234,\"cost\":2000000}]");

        // When
        List<String> lines = Table.render(COLUMNS, rows, 0);

        // Then
        assertThat(lines).containsExactly("NAME          N       COST", "a             7  $0.001500",
                "long name  1234  $2.000000");
    }

    @Test
    void shouldShowNothingThatATerminalObeys() {
        // Given
        var rows = Json.read("[{\"name\":\"\\u009b31mred \\u202efdp \\u001b[2J\",\"n\":1}]");

        // When
        List<String> lines = Table.render(COLUMNS, rows, 0);

        // Then
        assertThat(lines.getLast()).startsWith("?31mred ?fdp ?[2J ");
    }

    @Test
    void shouldShowMissingValuesAsDashAndLineBreaksAsBlanks() {
        // Given
        var rows = Json.read("[{\"name\":\"two\\nlines\",\"n\":null}]");

        // When
        List<String> lines = Table.render(COLUMNS, rows, 0);

        // Then
        assertThat(lines.getLast()).isEqualTo("two lines  -     -");
    }

    @Test
    void shouldNeverBeWiderThanAsked() {
        var random = new Random(7);
        for (int round = 0; round < 500; round++) {
            // Given
            var rows = Json.array();
            for (int i = random.nextInt(5); i >= 0; i--) {
                rows.addObject().put("name", "x".repeat(random.nextInt(120))).put("n", random.nextLong(100_000)).put(
                        "cost",
                        random.nextLong(1_000_000_000L));
            }
            int width = 30 + random.nextInt(100);

            // When
            List<String> lines = Table.render(COLUMNS, rows, width);

            // Then
            assertThat(lines)
                    .allSatisfy(line -> assertThat(line.codePointCount(0, line.length())).isLessThanOrEqualTo(width));
        }
    }

    @Test
    void shouldNeverCutWhatOtherCommandsNeed() {
        // Given
        String id = "01990000-0000-7000-8000-000000000001";
        var columns = List.of(Column.text("slug", "/slug"), Column.text("name", "/name"), Column.time("created", "/at"),
                Column.text("note", "/note"), Column.text("id", "/id"));
        var rows = Json.array();
        rows.addObject().put("slug", "a-tenant-with-a-long-slug").put("name", "x".repeat(80))
                .put("at", "2026-01-02T03:04:05Z").put("note", "y".repeat(80)).put("id", id);

        // When
        List<String> wide = Table.render(columns, rows, 97);
        List<String> usual = Table.render(columns, rows, 80);
        List<String> narrow = Table.render(columns, rows, 40);

        // Then
        assertThat(wide.getLast()).isEqualTo("a-tenant-with-a-long-slug  xxxxxxxx…  2026-01-02  yyyyyyyy…  " + id);
        assertThat(usual).containsExactly("SLUG                       NAME             ID",
                "a-tenant-with-a-long-slug  xxxxxxxxxxxxxx…  " + id);
        assertThat(narrow.getLast()).isEqualTo("a-tenant-with-a-long-slug  " + id);
    }

    @Test
    void shouldCutWholeCharactersOnly() {
        // Given
        String text = "😀😀😀😀";

        // When
        String cut = Table.fit(text, 3);

        // Then
        assertThat(cut).isEqualTo("😀😀…");
    }

    @Test
    void shouldShowDollarsOfAnySign() {
        assertThat(List.of(Column.dollars(0), Column.dollars(-1), Column.dollars(12_345_678)))
                .containsExactly("$0.000000", "$-0.000001", "$12.345678");
    }

    @Test
    void shouldShowFlagsThatStandOutAndPairsThatSaySomething() {
        // Given
        var columns = List.of(new Column("over", "/over", Column.Kind.FLAG),
                new Column("amounts", "/amounts", Column.Kind.PAIRS));
        var rows = Json.read("""
                [{"over":true,"amounts":{"stacks":1,"keys":0,"none":null,"list":[1],"text":"a\\nb","no":false}},
                {"over":false,"amounts":{}},{"amounts":"sealed"}]""");

        // When
        List<String> lines = Table.render(columns, rows, 0);

        // Then
        assertThat(lines).containsExactly("OVER  AMOUNTS", "yes   stacks=1 list=[1] text=a b no=false", "-     -",
                "-     sealed");
    }
}
