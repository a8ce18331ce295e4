package dev.pocketagent.cli.registry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.OutputOption;
import dev.pocketagent.cli.command.TenantFilter;
import dev.pocketagent.cli.http.Api;
import dev.pocketagent.cli.http.Query;
import dev.pocketagent.cli.output.Column;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Printer;
import dev.pocketagent.cli.output.Progress;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code audit verify}. */
@Command(name = "verify", description = "Recompute the hash chains and say whether they are intact (exit code 1 if not).", footer = {
        "",
        "With --heads it is also checked that every noted row is still there: a chain that was cut off at its end shows only that way. Files: those of pocket audit heads -f, and the heads-*.jsonl that the registry writes by itself."})
public final class AuditVerify implements Callable<Integer> {

    /** Ten million rows take a minute. */
    private static final Duration PATIENCE = Duration.ofHours(1);
    /** The service takes up to 10,000. Two thousand are 300 KB. */
    private static final int HEADS_AT_ONCE = 2000;

    private static final List<Column> COLUMNS = List.of(Column.text("tenant", "/tenantId"),
            Column.number("rows", "/rows"), new Column("head", "/head", Column.Kind.HASH),
            Column.text("intact", "/intact"), Column.text("first break", "/firstBreak/seq"),
            Column.text("what", "/firstBreak/reason"));

    private final Cli cli;

    @Mixin
    private OutputOption output = new OutputOption();

    @Mixin
    private TenantFilter tenant = new TenantFilter();

    @Option(names = "--heads", paramLabel = "FILE", description = "noted heads, as JSON lines; may be repeated")
    private List<Path> heads = new ArrayList<>();

    AuditVerify(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() {
        List<HeadFile.Head> noted = heads.stream().map(HeadFile::read).flatMap(List::stream).toList();
        String only = tenant.id(cli);
        // Those of one tenant together, since its chain is read once for each request that names it.
        List<HeadFile.Head> asked = noted.stream().filter(head -> only.isEmpty() || head.tenantId().equals(only))
                .distinct().sorted(Comparator.comparing(HeadFile.Head::tenantId)).toList();
        if (!heads.isEmpty() && asked.isEmpty()) {
            throw CliException.usage(
                    only.isEmpty() ? "the files hold no heads" : "the files hold no head of this tenant",
                    "note some: pocket audit heads -f FILE");
        }
        JsonNode verdict;
        try (Progress progress = Progress.on(cli.terminal())) {
            verdict = verify(only, asked, progress.row("verify"));
        }
        show(output.printer(cli), verdict, asked.size());
        return AuditCommands.isIntact(verdict) ? ExitCode.OK : ExitCode.FAILED;
    }

    private JsonNode verify(String only, List<HeadFile.Head> asked, Progress.Row row) {
        Api registry = cli.registry().patient(PATIENCE);
        boolean isSeen = cli.terminal().errIsTerminal();
        if (isSeen) {
            row.working("every row is read and hashed again");
        }
        JsonNode verdict = registry.get(new Query().with("tenant", only).on(AuditCommands.PATH + "/verify")).body();
        if (asked.isEmpty()) {
            return verdict;
        }
        ObjectNode whole = verdict.deepCopy();
        whole.put("givenHeads", asked.size());
        for (int from = 0; from < asked.size(); from += HEADS_AT_ONCE) {
            if (isSeen) {
                row.working("looking for " + from + " to " + asked.size() + " of the noted heads");
            }
            ArrayNode some = Json.array();
            asked.subList(from, Math.min(asked.size(), from + HEADS_AT_ONCE)).forEach(head -> some.add(head.json()));
            add(whole, registry.post(AuditCommands.PATH + "/verify", Json.object().set("heads", some)).body());
        }
        return whole;
    }

    /** What is broken in one verdict is broken in the whole one. */
    private static void add(ObjectNode whole, JsonNode some) {
        if (AuditCommands.isIntact(some)) {
            return;
        }
        whole.put("intact", false);
        ArrayNode chains = whole.withArray("/tenants");
        for (JsonNode chain : some.path("tenants")) {
            if (!chain.path("intact").asBoolean()) {
                int place = place(chains, Json.text(chain, "/tenantId"));
                if (place < 0) {
                    chains.insert(0, chain);
                } else if (chains.get(place).path("intact").asBoolean()) {
                    chains.set(place, chain);
                }
            }
        }
    }

    private static int place(ArrayNode chains, String tenantId) {
        for (int i = 0; i < chains.size(); i++) {
            if (Json.text(chains.get(i), "/tenantId").equals(tenantId)) {
                return i;
            }
        }
        return -1;
    }

    private void show(Printer printer, JsonNode verdict, int given) {
        if (printer.forPeople()) {
            printer.table(verdict.path("tenants"), COLUMNS);
        } else {
            printer.document(verdict);
        }
        var err = cli.terminal().err();
        JsonNode damaged = verdict.at("/noted/damagedFiles");
        if (!damaged.isEmpty()) {
            err.println("DAMAGED: files of noted heads in the registry's directory do not hold what was written: "
                    + String.join(", ", StreamSupport.stream(damaged.spliterator(), false).map(JsonNode::asText)
                            .toList()));
        }
        if (!AuditCommands.isIntact(verdict)) {
            err.println("BROKEN: rows or noted heads were changed or taken away behind the registry's back.");
            err.println("next:  keep a copy of the database as it is now, and compare it with the last good backup");
        } else if (printer.forPeople() && verdict.has("checkedRows")) {
            err.println(Json.text(verdict, "/checkedRows") + " rows in " + Json.text(verdict, "/checkedTenants")
                    + " chains: intact" + (given == 0 ? "" : ", and all " + given + " given heads are in them"));
        }
    }
}
