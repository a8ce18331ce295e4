package dev.pocketagent.cli.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.home.Endpoints;
import dev.pocketagent.cli.http.ApiException;
import dev.pocketagent.cli.http.UnreachableException;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;

/**
 * A failure in words.
 *
 * @param exitCode one of {@link ExitCode}
 * @param message what went wrong
 * @param details more about it, a line each
 * @param cure what to do next; empty when we know nothing
 */
public record Failure(int exitCode, String message, List<String> details, String cure) {

    /** A log may have lines that fill a screen. */
    private static final int MAX_LINE = 300;

    public static Failure of(Throwable thrown) {
        return switch (thrown) {
            case CliException e -> new Failure(e.exitCode(), e.message(), e.context(), e.cure());
            case ApiException e -> ofAnswer(e);
            case UnreachableException e -> new Failure(ExitCode.UNREACHABLE,
                    "the " + e.service() + " service at " + e.address() + " does not answer: " + e.getMessage(),
                    List.of(), e.isUnknownHost()
                            ? "check the address in " + Endpoints.variable(e.service()) + ", and the name server"
                            : "see what runs: pocket status; start it: pocket up");
            case IllegalArgumentException e ->
                new Failure(ExitCode.USAGE, String.valueOf(e.getMessage()), List.of(), "");
            case UncheckedIOException e when e.getCause() instanceof IOException cause -> ofIo(cause);
            case IOException e -> ofIo(e);
            default -> new Failure(ExitCode.FAILED, "unexpected " + thrown, List.of(),
                    "this is a defect of the CLI; POCKET_DEBUG=1 shows where");
        };
    }

    private static Failure ofIo(IOException e) {
        String reason = e.getMessage() == null ? "" : ": " + e.getMessage();
        return new Failure(ExitCode.FAILED, "reading or writing failed (" + e.getClass().getSimpleName() + ")" + reason,
                List.of(), "check the rights and the free space: pocket doctor");
    }

    private static Failure ofAnswer(ApiException e) {
        List<String> errors = e.inputErrors();
        var details = new ArrayList<String>();
        // With a single error the detail repeats it, pointer and all.
        if (!e.detail().isEmpty() && !errors.contains(e.detail())) {
            details.add(e.detail());
        }
        details.addAll(errors);
        if (!e.traceId().isEmpty()) {
            details.add("trace " + e.traceId());
        }
        String code = e.code().isEmpty() ? "" : " " + e.code();
        int exit = e.status() == 404
                ? ExitCode.NOT_FOUND
                : e.status() < 500
                        ? ExitCode.REFUSED
                        : e.status() == 503 || e.status() == 504 ? ExitCode.UNREACHABLE : ExitCode.FAILED;
        return new Failure(exit, e.title() + " (" + e.service() + ": " + e.status() + code + ")", details, cure(e));
    }

    private static String cure(ApiException e) {
        return switch (e.status()) {
            case 401 -> "check the key: POCKET_KEY_FILE names a file with one; pocket key issue makes a new one";
            case 402 -> "the budget is used up: see pocket usage, or raise the plan";
            case 403 -> "tenant_suspended".equals(e.code())
                    ? "resume the tenant: pocket tenant resume"
                    : "use a key with a role that may do this";
            case 404 -> "see what is there with the list command of the same noun";
            case 409 -> switch (e.code()) {
                case "quota_exceeded", "over_quota", "key_limit" ->
                    "see what is used: pocket tenant quota TENANT; free something, or give it more: pocket tenant edit TENANT";
                case "slug_taken" ->
                    "choose another slug, or go on with the tenant that has it: pocket tenant show SLUG";
                case "key_ended" -> "issue a new one: pocket key issue";
                case "key_replaced" ->
                    "rotate the key that took over, replacedBy of: pocket key show KEY; or end this one: pocket key revoke KEY";
                case "webhook_disabled" -> "let it send again: pocket webhook edit WEBHOOK --enable";
                case "pocketbase_off" ->
                    "give the registry a PocketBase (pocket.registry.pocketbase.url, docs/guides/pocketbase.md) and restart it";
                case "sync_running" -> "wait for the run under way: pocket pocketbase status";
                case "reservation_ended" -> "make a new one: what it held is free again";
                default -> "look at its state with the show command, then try again";
            };
            case 412, 428 -> "somebody changed it meanwhile: look at it again, then repeat the command";
            case 429 -> "try again" + (e.retryAfter().isEmpty() ? " in a moment" : " after " + e.retryAfter() + " s");
            case 502, 503, 504 -> "see what is missing: pocket status; try again in a moment";
            default -> e.status() < 500
                    ? ""
                    : "look for the trace in the log: pocket logs " + e.service()
                            + (e.traceId().isEmpty() ? "" : " | grep " + e.traceId());
        };
    }

    /** Writes the failure to standard error. */
    public void print(Terminal terminal) {
        var err = terminal.err();
        err.println(terminal.err(Style.RED, "error:") + " " + message);
        details.forEach(
                line -> err.println("  " + (line.length() > MAX_LINE ? line.substring(0, MAX_LINE) + " ..." : line)));
        if (!cure.isEmpty()) {
            err.println(terminal.err(Style.CYAN, "next:") + "  " + cure);
        }
        err.flush();
    }

    /** The failure inside a JSON document. */
    public ObjectNode toJson() {
        ObjectNode json = Json.object().put("message", message);
        var lines = json.putArray("details");
        details.forEach(lines::add);
        return json.put("cure", cure);
    }
}
