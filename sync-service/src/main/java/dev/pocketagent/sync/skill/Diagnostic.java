package dev.pocketagent.sync.skill;

/**
 * One finding about a skill.
 *
 * @param severity {@code error}: agents will not load the skill; {@code warning}: they will, but something is off
 * @param code stable word for programs, such as {@code name-format}
 * @param message one sentence for the author of the skill
 */
public record Diagnostic(Severity severity, String code, String message) {

    /** How bad it is. */
    public enum Severity {
        ERROR, WARNING
    }

    static Diagnostic error(String code, String message) {
        return new Diagnostic(Severity.ERROR, code, message);
    }

    static Diagnostic warning(String code, String message) {
        return new Diagnostic(Severity.WARNING, code, message);
    }
}
