package dev.pocketagent.cli.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.FileOption;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantParameter;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import dev.pocketagent.cli.output.Transfer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tenant export}. */
@Command(name = "export", description = "Fetch all that the registry holds about a tenant, as a zip of JSON lines.", footer = {
        "",
        "The file is checked against its own manifest before it gets its name; only you may read it. Default: TENANT.zip in this directory."})
public final class TenantExport implements Callable<Integer> {

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private TenantParameter tenant = new TenantParameter();

    @Mixin
    private FileOption file = new FileOption();

    private ExportCheck.Found found = new ExportCheck.Found(0, 0);

    TenantExport(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        JsonNode exported = cli.tenant(tenant.tenant());
        Path asked = file.file();
        Path target = asked == null ? Path.of(Json.text(exported, "/slug") + ".zip") : asked;
        Api registry = cli.registry().patient(PATIENCE);
        String path = TenantCommands.path(Json.text(exported, "/id")) + "/export";
        try (Progress progress = Progress.on(cli.terminal())) {
            Progress.Row row = progress.row("export");
            row.working("asking the registry");
            var transfer = new Transfer(cli.terminal(), row);
            file.write(target, stream -> registry.download(path, stream, transfer), part -> {
                row.working(transfer.result() + ", checking");
                found = ExportCheck.check(part);
            });
            row.done(transfer.result() + ", checked");
        }
        show(output.printer(cli), target);
        return ExitCode.OK;
    }

    private void show(Printer printer, Path target) {
        ObjectNode result = Json.object().put("file", target.toString()).put("files", found.files())
                .put("rows", found.rows());
        if (printer.forPeople()) {
            cli.terminal().out().println(target + ": " + found.files() + " files, " + found.rows()
                    + " rows, as the manifest says");
        } else {
            printer.document(result);
        }
    }
}
