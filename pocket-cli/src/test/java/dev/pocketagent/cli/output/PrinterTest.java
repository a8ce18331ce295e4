package dev.pocketagent.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;

class PrinterTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal plain = Terminal.of(out, err, false, false, 80);

    @Test
    void shouldPrintAListAsItCameForPrograms() {
        // Given
        JsonNode page = Json.read("{\"items\":[{\"name\":\"ä\",\"more\":{\"x\":1}}],\"nextCursor\":null}");

        // When
        new Printer(plain, Format.json).list(page, "nothing", List.of(Column.text("name", "/name")));

        // Then
        assertThat(Json.read(out.toString(StandardCharsets.UTF_8))).isEqualTo(page);
    }

    @Test
    void shouldPrintYamlThatKeepsTextAsText() {
        // Given
        JsonNode thing = Json.read("{\"id\":\"007\",\"on\":\"true\",\"count\":7,\"list\":[\"a\"]}");

        // When
        new Printer(plain, Format.yaml).one(thing);

        // Then
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("id: \"007\"\n\"on\": \"true\"\ncount: 7\nlist:\n- a\n");
    }

    @Test
    void shouldSayThatThereIsNothingOnStandardErrorOnly() {
        // When
        new Printer(plain, Format.table).list(Json.read("{\"items\":[]}"), "No tenants yet.", List.of());

        // Then
        assertThat(out.size()).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("No tenants yet.\n");
    }

    @Test
    void shouldFlattenOneThingForPeople() {
        // Given
        JsonNode thing = Json.read(
                "{\"name\":\"a\",\"limits\":{\"cpu\":2},\"tags\":[\"x\",\"y\"],\"ports\":[{\"n\":1}],\"none\":null}");

        // When
        new Printer(plain, Format.table).one(thing);

        // Then
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("""
                name        a
                limits.cpu  2
                tags        x, y
                ports[0].n  1
                none        -
                """);
    }

    @Test
    void shouldUseColoursOnATerminalOnly() {
        // Given
        Terminal colourful = Terminal.of(out, err, true, true, 80);

        // When
        String onTerminal = colourful.out(Terminal.Style.RED, "x");
        String elsewhere = plain.out(Terminal.Style.RED, "x");

        // Then
        assertThat(onTerminal).isEqualTo("\u001b[31mx\u001b[0m");
        assertThat(elsewhere).isEqualTo("x");
    }
}
