package dev.pocketagent.kit.registry;

import java.util.List;

import dev.pocketagent.kit.problem.InputError;

/** The registry is there and will not do what was asked, however often it is asked: its answer is a 4xx. */
public final class RegistryRefusal extends RegistryException {

    private final String detail;
    private final List<InputError> errors;

    RegistryRefusal(int status, String code, String detail, List<InputError> errors) {
        super(status, code, "The registry answered " + status + (code.isEmpty() ? "" : " " + code + ": " + detail));
        this.detail = detail;
        this.errors = List.copyOf(errors);
    }

    /** Why, in words for people; empty when it sent none. */
    public String detail() {
        return detail;
    }

    /** What is wrong with which part of the request. */
    public List<InputError> errors() {
        return errors;
    }
}
