package dev.pocketagent.cli.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

class ServerEventTest {

    private static List<ServerEvent> read(String stream) throws IOException {
        var events = new ArrayList<ServerEvent>();
        ServerEvent.read(new BufferedReader(new StringReader(stream)), events::add);
        return events;
    }

    @Test
    void shouldFrameAsTheStandardSays() throws IOException {
        // Given
        String stream = ": comment\n\nevent: step\ndata: one\ndata:two\nid: 7\n\ndata\n\nretry: 5\n\nevent: x\n\ndata: last\r\n\r\n";

        // When
        List<ServerEvent> events = read(stream);

        // Then
        assertThat(events).containsExactly(new ServerEvent("step", "one\ntwo"), new ServerEvent("message", ""),
                new ServerEvent("message", "last"));
    }

    @Test
    void shouldDropWhatIsUnfinishedAtTheEnd() throws IOException {
        // When
        List<ServerEvent> events = read("data: whole\n\ndata: cut");

        // Then
        assertThat(events).containsExactly(new ServerEvent("message", "whole"));
    }
}
