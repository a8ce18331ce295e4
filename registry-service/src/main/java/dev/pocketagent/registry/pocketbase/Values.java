package dev.pocketagent.registry.pocketbase;

import org.jspecify.annotations.Nullable;

/**
 * Name, plan and state of one side, in the registry's words. Null where that side says nothing, or where nothing is
 * remembered.
 */
record Values(@Nullable String name, @Nullable String plan, @Nullable String state) {

    static final Values NONE = new Values(null, null, null);

    @Nullable
    String of(Part part) {
        return switch (part) {
            case NAME -> name;
            case PLAN -> plan;
            case STATE -> state;
        };
    }

    Values with(Part part, @Nullable String value) {
        return switch (part) {
            case NAME -> new Values(value, plan, state);
            case PLAN -> new Values(name, value, state);
            case STATE -> new Values(name, plan, value);
        };
    }
}
