package dev.pocketagent.cli.doctor;

import java.util.List;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.doctor.Finding.Level;
import dev.pocketagent.cli.launch.PartStatus;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code pocket doctor}. */
@Command(name = "doctor", description = "Check this machine, and say how to cure what is wrong.")
public final class DoctorCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    public DoctorCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        List<Finding> findings = List.of(Checks.jdk(), Checks.git(),
                Checks.ports(cli.settings(), PartStatus.all(cli)), Checks.disk(cli.home()), Checks.memory(),
                Checks.unprivilegedPostgres(), Checks.engine(cli.env()), Checks.clock(),
                Checks.stateDirectory(cli.home()), Checks.key(cli));
        boolean healthy = findings.stream().noneMatch(finding -> finding.level() == Level.fail);
        Printer printer = output.printer(cli);
        if (printer.forPeople()) {
            findings.forEach(this::print);
        } else {
            ObjectNode document = Json.object().put("ok", healthy);
            var list = document.putArray("checks");
            findings.forEach(
                    finding -> list.addObject().put("name", finding.name()).put("level", finding.level().name())
                            .put("found", finding.found()).put("cure", finding.cure()));
            printer.document(document);
        }
        return healthy ? ExitCode.OK : ExitCode.FAILED;
    }

    private void print(Finding finding) {
        Terminal terminal = cli.terminal();
        String mark = switch (finding.level()) {
            case ok -> terminal.out(Style.GREEN, "ok  ");
            case warn -> terminal.out(Style.YELLOW, "warn");
            case fail -> terminal.out(Style.RED, "FAIL");
        };
        terminal.out().println(mark + "  " + String.format("%-14s", finding.name()) + finding.found());
        if (!finding.cure().isEmpty()) {
            terminal.out().println(" ".repeat(20) + finding.cure());
        }
    }
}
