package dev.pocketagent.cli.http;

import java.util.StringJoiner;

/** The query part of an address, without its question mark. Parameters without a value are left out. */
public final class Query {

    private final StringJoiner parameters = new StringJoiner("&");

    public Query with(String name, String value) {
        if (!value.isEmpty()) {
            parameters.add(name + "=" + Api.encoded(value));
        }
        return this;
    }

    /** @param query parameters that are encoded already; may be empty */
    public Query and(String query) {
        if (!query.isEmpty()) {
            parameters.add(query);
        }
        return this;
    }

    /** The path with these parameters behind it. */
    public String on(String path) {
        String query = toString();
        return query.isEmpty() ? path : path + "?" + query;
    }

    @Override
    public String toString() {
        return parameters.toString();
    }
}
