package dev.pocketagent.registry.quota;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a plan limits by amount. Rates and budgets are not here: the router holds them. */
public enum Resource {
    STACKS("stacks", "stacks"),
    /** Thousandths of a core. */
    CPU_MILLIS("cpuMillis", "cpu_millis"), MEMORY_MIB("memoryMib", "memory_mib"), DISK_MIB("diskMib",
            "disk_mib"), VOLUMES("volumes", "volumes"), KEYS("keys", "keys"), SOURCES("sources", "sources");

    private final String text;
    private final String column;

    Resource(String text, String column) {
        this.text = text;
        this.column = column;
    }

    /** As it is called in the API. */
    public String text() {
        return text;
    }

    /** As its columns are called in the database. */
    public String column() {
        return column;
    }

    /** A piece of SQL for each resource, in order. */
    public static String sql(String between, Function<Resource, String> piece) {
        return Arrays.stream(values()).map(piece).collect(Collectors.joining(between));
    }
}
