package dev.pocketagent.kit.problem;

import java.util.Locale;

/** One kind of error a client can meet. Codes are a promise: they are documented and never change their meaning. */
public interface ProblemType {

    /** The enum constant's name; implementations are enums. */
    String name();

    /** HTTP status. */
    int status();

    /** One short sentence that holds for every occurrence. */
    String title();

    /** The stable code that clients switch on, for example {@code not_found}. */
    default String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
