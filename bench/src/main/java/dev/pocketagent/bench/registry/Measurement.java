package dev.pocketagent.bench.registry;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.bench.load.Cpu;
import dev.pocketagent.bench.load.Load;
import dev.pocketagent.bench.load.Numbers;
import dev.pocketagent.bench.load.Outcome;
import dev.pocketagent.bench.load.Route;
import dev.pocketagent.cli.command.CliException;
import dev.pocketagent.cli.output.Json;
import dev.pocketagent.cli.output.Progress;

/** All figures of one running registry on one data set. */
final class Measurement {

    /**
     * Before everything, as fast as it goes: a service that has just started spends a core on compiling what it is asked
     * for, and how long that takes depends on how often it was asked.
     */
    private static final int RUN_IN_SECONDS = 150;
    private static final int WARM_UP_SECONDS = 4;
    /** Reading every row of ten million may take minutes on a slow disk. */
    private static final Duration LONG = Duration.ofMinutes(20);
    private static final int CONNECTIONS = 16;
    private static final int CHAIN_REPEATS = 5;

    private final Routes routes;
    private final Population population;
    private final Cpu cpu;
    private final int perSecond;
    private final Duration time;
    private final Duration warmUp;
    private final @Nullable String only;
    private final Progress progress;

    /** @param only the requests whose name contains this; null for everything */
    Measurement(Routes routes, Population population, Cpu cpu, int perSecond, Duration time,
            @Nullable String only, Progress progress) {
        this.routes = routes;
        this.population = population;
        this.cpu = cpu;
        this.perSecond = perSecond;
        this.time = time;
        this.warmUp = Duration.ofSeconds(Math.min(WARM_UP_SECONDS, time.toSeconds()));
        this.only = only;
        this.progress = progress;
    }

    /** Reads first, then creates, then checks chains: so that the tenants made here are checked, too. */
    ObjectNode run(String label) throws IOException, InterruptedException {
        ObjectNode node = Json.object();
        try (Load load = new Load(cpu)) {
            node.set("runIn", runIn(load, progress.row(label + ", running in")));
            ObjectNode requests = node.putObject("requests");
            for (Route route : routes.paced()) {
                if (only != null && !route.name().contains(only)) {
                    continue;
                }
                Progress.Row row = progress.row(label + ", " + route.name());
                HttpResponse<byte[]> probe = load.ask(route.request().apply(0));
                if (probe.statusCode() == 404 || probe.statusCode() == 400) {
                    row.done("this version has no such request");
                    requests.putNull(route.name());
                    continue;
                }
                row.working(perSecond + " a second");
                ObjectNode figures = load.open(route, perSecond, warmUp, time).json();
                requests.set(route.name(), figures);
                row.done("p50 " + Json.text(figures, "/p50Millis") + " ms, p99 " + Json.text(figures, "/p99Millis")
                        + " ms"
                        + (figures.path("failed").asLong() == 0 ? "" : ", FAILED " + Json.text(figures, "/failed")));
            }
            if (only != null && !"create audit".contains(only)) {
                return node;
            }
            Progress.Row creating = progress.row(label + ", create");
            creating.working(CONNECTIONS + " connections");
            ObjectNode created = load.closed(routes.create(Long.toString(System.currentTimeMillis() / 1000, 36)),
                    CONNECTIONS, warmUp, time).json().put("connections", CONNECTIONS);
            node.set("create", created);
            creating.done(Json.text(created, "/perSecond") + " a second");
            node.set("auditChain", chain(load, progress.row(label + ", check one chain")));
            node.set("auditAll", all(load, progress.row(label + ", check all chains")));
        }
        return node.put("servicePeakMib", cpu.servicePeakMib());
    }

    private ObjectNode runIn(Load load, Progress.Row row) throws InterruptedException {
        List<Route> all = new ArrayList<>(routes.paced());
        all.add(routes.create("in-" + Long.toString(System.currentTimeMillis() / 1000, 36)));
        var mixed = new Route("all in turn", n -> all.get((int) (n % all.size())).request().apply(n), _ -> true);
        Duration each = Duration.ofSeconds(Math.min(RUN_IN_SECONDS, 15 * time.toSeconds()));
        row.working("all requests in turn");
        Outcome outcome = load.closed(mixed, CONNECTIONS, Duration.ZERO, each);
        row.done(outcome.micros().getTotalCount() + " requests in " + each.toSeconds() + " s");
        return outcome.json();
    }

    private ObjectNode chain(Load load, Progress.Row row) throws IOException, InterruptedException {
        row.working(population.largestChain() + " rows");
        List<ObjectNode> runs = new ArrayList<>();
        for (int i = 0; i < CHAIN_REPEATS; i++) {
            runs.add(check(load, "/api/v1/audit/verify?tenant=" + population.id(0)));
        }
        runs.sort((one, other) -> Double.compare(one.path("rowsPerSecond").asDouble(),
                other.path("rowsPerSecond").asDouble()));
        ObjectNode median = runs.get(CHAIN_REPEATS / 2).put("runs", CHAIN_REPEATS);
        return told(median, row);
    }

    private ObjectNode all(Load load, Progress.Row row) throws IOException, InterruptedException {
        row.working(population.auditRows() + " rows");
        return told(check(load, "/api/v1/audit/verify"), row);
    }

    private static ObjectNode told(ObjectNode figures, Progress.Row row) {
        if (figures.has("error")) {
            row.failed(Json.text(figures, "/error"));
        } else {
            row.done(Json.text(figures, "/rowsPerSecond") + " rows a second");
        }
        return figures;
    }

    private ObjectNode check(Load load, String path) throws IOException, InterruptedException {
        Cpu.Spent before = cpu.now();
        long begin = System.nanoTime();
        HttpResponse<byte[]> answer = load.ask(routes.request(path, LONG));
        double seconds = (System.nanoTime() - begin) / 1e9;
        Cpu.Spent spent = cpu.now().since(before);
        String body = new String(answer.body(), StandardCharsets.UTF_8);
        if (answer.statusCode() != 200) {
            return Json.object().put("rows", 0).put("seconds", Numbers.rounded(seconds, 3)).put("rowsPerSecond", 0)
                    .put("error", answer.statusCode() + ": " + body);
        }
        JsonNode found = Json.read(body);
        if (!found.path("intact").asBoolean()) {
            throw CliException.failed("the audit trail is not whole: " + found.path("tenants").path(0),
                    "the data set is wrong, or the check is: make a new one");
        }
        long rows = found.path("checkedRows").asLong();
        ObjectNode figures = Json.object().put("rows", rows).put("seconds", Numbers.rounded(seconds, 3))
                .put("rowsPerSecond", Math.round(rows / seconds));
        if (spent.known()) {
            figures.put("serviceCpuSeconds", spent.serviceMillis() / 1e3).put("databaseCpuSeconds",
                    spent.databaseMillis() / 1e3);
        }
        return figures;
    }

    /** The routes of an outcome that there are; an older service lacks some. */
    static List<String> names(JsonNode requests) {
        var names = new ArrayList<String>();
        requests.fieldNames().forEachRemaining(names::add);
        names.removeIf(name -> requests.path(name).isNull());
        return Collections.unmodifiableList(names);
    }
}
