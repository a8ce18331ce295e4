package dev.pocketagent.cli.http;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * One server-sent event, as the HTML standard frames it.
 *
 * @param type {@code message} unless the server names another
 * @param data the data lines, joined by line feeds
 */
public record ServerEvent(String type, String data) {

    /** Reads until the stream ends; what is unfinished then is dropped, as the standard says. */
    static void read(BufferedReader reader, Consumer<ServerEvent> consumer) throws IOException {
        String type = "";
        StringBuilder data = new StringBuilder();
        boolean any = false;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.isEmpty()) {
                if (any) {
                    consumer.accept(new ServerEvent(type.isEmpty() ? "message" : type, data.toString()));
                }
                type = "";
                data.setLength(0);
                any = false;
                continue;
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "event" -> type = value;
                case "data" -> {
                    data.append(any ? "\n" : "").append(value);
                    any = true;
                }
                default -> {
                    // comments (an empty field name), ids and retry times mean nothing here
                }
            }
        }
    }
}
