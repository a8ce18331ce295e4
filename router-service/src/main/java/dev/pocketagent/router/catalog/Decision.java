package dev.pocketagent.router.catalog;

import java.util.List;

/** Which models a request may go to. */
public sealed interface Decision {

    /**
     * @param candidates models to try in this order, at least one
     * @param reason one line for the response header: why the first one
     */
    record Chosen(List<Model> candidates, String reason) implements Decision {
        public Chosen {
            candidates = List.copyOf(candidates);
        }
    }

    /** No such model, or one the plan does not allow: the same to the caller. */
    record Unknown(String name) implements Decision {}

    /** The name is known, and nothing behind it can take this request. */
    record Exhausted(String reason) implements Decision {}
}
