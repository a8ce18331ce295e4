package dev.pocketagent.cli.launch;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.WatchOption;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Durations;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket status}. */
@Command(name = "status", description = "Show what of the suite runs.", footer = {"",
        "Exit code: 0 when all of it is ready, 1 when a part is dead or not ready, 3 when",
        "nothing was started."})
public final class StatusCommand implements Callable<Integer> {

    private static final List<Column> COLUMNS = List.of(Column.text("part", "/name"), Column.text("state", "/state"),
            Column.number("pid", "/pid"), Column.number("port", "/port"), Column.number("mgmt", "/managementPort"),
            Column.text("up", "/up"), Column.number("MiB", "/memoryMib"), Column.text("note", "/note"));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private WatchOption watch = new WatchOption();

    public StatusCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws InterruptedException {
        return watch.run(cli.terminal(), this::show);
    }

    private int show() {
        Printer printer = output.printer(cli);
        List<PartStatus> parts = PartStatus.all(cli);
        boolean ready = parts.stream().allMatch(part -> part.state().equals("ready"));
        boolean none = parts.stream().allMatch(part -> part.state().equals("stopped"));
        ObjectNode document = Json.object().put("ready", ready).put("home", cli.home().root().toString());
        var list = document.putArray("parts");
        parts.forEach(part -> list.add(toJson(part)));
        if (!printer.forPeople()) {
            printer.document(document);
        } else if (none) {
            cli.terminal().out().println("Nothing runs. Start it: pocket up");
        } else {
            printer.table(list, COLUMNS);
            if (!ready) {
                cli.terminal().err().println(parts.stream().anyMatch(part -> !part.state().equals("ready")
                        && !part.state().equals("starting"))
                                ? "Bring back what is missing: pocket up"
                                : "Still starting.");
            }
        }
        return ready ? ExitCode.OK : none ? ExitCode.UNREACHABLE : ExitCode.FAILED;
    }

    private static ObjectNode toJson(PartStatus part) {
        ObjectNode node = Json.object().put("name", part.part().id()).put("state", part.state());
        boolean runs = !part.state().equals("stopped") && !part.state().equals("dead");
        put(node, "pid", part.pid());
        node.put("port", part.port());
        put(node, "managementPort", part.managementPort());
        if (runs) {
            node.put("up", Durations.shown(Duration.ofSeconds(part.uptimeSeconds())));
            node.put("uptimeSeconds", part.uptimeSeconds());
            put(node, "memoryMib", part.memoryMib());
        }
        String note = part.state().equals("dead")
                ? "ended without pocket down; see pocket logs " + part.part().id()
                : part.missing().isEmpty() ? "" : "waits for " + String.join(", ", part.missing());
        if (!note.isEmpty()) {
            node.put("note", note);
        }
        node.put("aotCache", part.aotCache());
        return node;
    }

    private static void put(ObjectNode node, String name, long value) {
        if (value == 0) {
            node.putNull(name);
        } else {
            node.put(name, value);
        }
    }
}
