package dev.pocketagent.cli;

import static java.util.Map.entry;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Constructor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import dev.pocketagent.cli.bench.BenchCommands;
import dev.pocketagent.cli.command.Cli;
import dev.pocketagent.cli.command.Converters;
import dev.pocketagent.cli.command.ExitCode;
import dev.pocketagent.cli.command.Failure;
import dev.pocketagent.cli.command.Group;
import dev.pocketagent.cli.command.Shutdown;
import dev.pocketagent.cli.context.ContextCommands;
import dev.pocketagent.cli.demo.DemoCommand;
import dev.pocketagent.cli.doctor.DoctorCommand;
import dev.pocketagent.cli.launch.DownCommand;
import dev.pocketagent.cli.launch.LogsCommand;
import dev.pocketagent.cli.launch.StatusCommand;
import dev.pocketagent.cli.launch.TrainCommand;
import dev.pocketagent.cli.launch.UpCommand;
import dev.pocketagent.cli.model.ChatCommand;
import dev.pocketagent.cli.model.ModelCommands;
import dev.pocketagent.cli.model.UsageCommand;
import dev.pocketagent.cli.output.Terminal;
import dev.pocketagent.cli.output.Terminal.Style;
import dev.pocketagent.cli.registry.AuditCommands;
import dev.pocketagent.cli.registry.EventCommands;
import dev.pocketagent.cli.registry.KeyCommands;
import dev.pocketagent.cli.registry.PlanCommands;
import dev.pocketagent.cli.registry.PocketBaseCommands;
import dev.pocketagent.cli.registry.ReservationCommands;
import dev.pocketagent.cli.registry.TenantCommands;
import dev.pocketagent.cli.registry.WebhookCommands;
import dev.pocketagent.cli.stack.OperationCommands;
import dev.pocketagent.cli.stack.StackCommands;
import dev.pocketagent.cli.stack.TemplateCommands;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IFactory;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/** The top of the command tree. */
@Command(name = "pocket", versionProvider = Pocket.Version.class, description = "PocketAgent Cloud: run AI agents for tenants on your own server.", exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:ok", "1:the work was begun and failed", "2:the command line is wrong", "3:nobody answers",
        "4:a service refused: key, rights, state, quota or input", "5:what was named does not exist",
        "130:interrupted"}, footer = {
                "", "Environment:", "  POCKET_HOME          the suite's data (default: ~/.pocketagent)",
                "  POCKET_PORT_OFFSET   added to all ports, for a second suite on one machine",
                "  POCKET_OPTIMISE      services to run with the optimising compiler, as containers do, e.g. registry,sync",
                "  POCKET_TENANT        what --tenant means when it is not given",
                "  POCKET_KEY_FILE      file with the key to use (default: the operator's)",
                "  POCKET_REGISTRY_URL, POCKET_PROVISIONER_URL, POCKET_ROUTER_URL,",
                "  POCKET_SYNC_URL      addresses of a suite elsewhere (default: on this machine)",
                "  NO_COLOR             no colours", "", "Examples:",
                "  pocket demo                            see all of it work, on this machine",
                "  pocket tenant create acme --plan team  a first tenant",
                "  pocket key issue acme --save           a key for its developer, kept here",
                "  pocket chat -t acme \"Hello\"            a question with that key",
                "  pocket stack deploy --help             options of a command, with examples", "",
                "In a source tree, pocket build builds what is stale, and pocket test runs all",
                "checks."}, subcommands = {
                        AuditCommands.class, BenchCommands.class, ChatCommand.class, CompletionCommand.class,
                        ContextCommands.class, DemoCommand.class, DoctorCommand.class, DownCommand.class,
                        EventCommands.class, HelpCommand.class, KeyCommands.class, LogsCommand.class,
                        ModelCommands.class, OperationCommands.class,
                        PlanCommands.class, PocketBaseCommands.class, RehearseCommand.class, ReservationCommands.class,
                        StackCommands.class, StatusCommand.class, TemplateCommands.class, TenantCommands.class,
                        TrainCommand.class, UpCommand.class, UsageCommand.class, VersionCommand.class,
                        WebhookCommands.class})
public final class Pocket extends Group {

    private static final String OTHER = "Other:";
    /** picocli refuses less. */
    private static final int MIN_HELP_WIDTH = 55;
    private static final int MAX_HELP_WIDTH = 100;

    private static final Map<String, String> HEADINGS = Map.ofEntries(entry("demo", "On this machine:"),
            entry("doctor", "On this machine:"), entry("down", "On this machine:"), entry("logs", "On this machine:"),
            entry("status", "On this machine:"), entry("up", "On this machine:"), entry("audit", "Accounts:"),
            entry("event", "Accounts:"), entry("key", "Accounts:"), entry("plan", "Accounts:"),
            entry("pocketbase", "Accounts:"), entry("reservation", "Accounts:"), entry("tenant", "Accounts:"),
            entry("webhook", "Accounts:"), entry("context", "Agents:"), entry("operation", "Agents:"),
            entry("stack", "Agents:"), entry("template", "Agents:"), entry("chat", "Models:"),
            entry("model", "Models:"), entry("usage", "Models:"));

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "show this help")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, description = "show the version")
    private boolean version;

    /** Runs one command line and says with what exit code the process should end. */
    public static int run(Cli cli, String... args) {
        return commandLine(cli).execute(args);
    }

    static CommandLine commandLine(Cli cli) {
        Terminal terminal = cli.terminal();
        var line = new CommandLine(Pocket.class, factory(cli));
        line.setOut(writer(terminal.out()));
        line.setErr(writer(terminal.err()));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(Math.clamp(terminal.columns(), MIN_HELP_WIDTH, MAX_HELP_WIDTH));
        boolean colours = !terminal.out(Style.BOLD, "x").equals("x");
        line.setColorScheme(Help.defaultColorScheme(colours ? Ansi.ON : Ansi.OFF));
        line.getCommandSpec().usageMessage().commandListHeading("");
        inOrder(line);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Pocket::commandList);
        Converters.register(line, cli.clock());
        line.setParameterExceptionHandler((e, _) -> wrongUsage(terminal, e));
        line.setExecutionExceptionHandler((e, _, _) -> failed(cli, e));
        return line;
    }

    /** Every list of commands by name, whatever the order in which they were declared. */
    private static void inOrder(CommandLine line) {
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST,
                help -> help.commandList(new TreeMap<>(help.subcommands())));
        line.getSubcommands().values().forEach(Pocket::inOrder);
    }

    /** The commands under headings, since there are many. */
    private static String commandList(Help help) {
        var sections = new LinkedHashMap<String, StringBuilder>();
        for (String heading : List.of("On this machine:", "Accounts:", "Agents:", "Models:", OTHER)) {
            sections.put(heading, new StringBuilder());
        }
        for (CommandLine command : new TreeMap<>(help.commandSpec().subcommands()).values()) {
            CommandSpec spec = command.getCommandSpec();
            String line = String.format("  %-12s %s%n", spec.name(), spec.usageMessage().description()[0]);
            StringBuilder section = sections.get(HEADINGS.getOrDefault(spec.name(), OTHER));
            if (!spec.usageMessage().hidden() && section != null && section.indexOf(line) < 0) {
                section.append(line);
            }
        }
        var text = new StringBuilder();
        sections.forEach((heading, lines) -> text.append(String.format("%n%s%n", heading)).append(lines));
        return text.toString();
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
    }

    private static IFactory factory(Cli cli) {
        return new IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                for (Constructor<?> constructor : type.getDeclaredConstructors()) {
                    if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Cli.class) {
                        constructor.setAccessible(true);
                        return type.cast(constructor.newInstance(cli));
                    }
                }
                return CommandLine.defaultFactory().create(type);
            }
        };
    }

    private static int wrongUsage(Terminal terminal, ParameterException e) {
        var suggestions = new ArrayList<String>();
        if (e instanceof UnmatchedArgumentException unmatched) {
            suggestions.addAll(unmatched.getSuggestions());
        }
        String path = e.getCommandLine().getCommandSpec().qualifiedName(" ");
        String cure = suggestions.isEmpty()
                ? path + " --help shows what it takes"
                : "did you mean: " + String.join(", ", suggestions) + "? " + path + " --help shows all";
        String message = e instanceof UnmatchedArgumentException unmatched
                ? path + " knows no " + String.join(", no ", unmatched.getUnmatched())
                : String.valueOf(e.getMessage());
        new Failure(ExitCode.USAGE, message, List.of(), cure).print(terminal);
        return ExitCode.USAGE;
    }

    private static int failed(Cli cli, Exception e) {
        Shutdown.parkIfUnderWay();
        Failure failure = Failure.of(e);
        failure.print(cli.terminal());
        if (!cli.env("POCKET_DEBUG").isEmpty()) {
            e.printStackTrace(cli.terminal().err());
        }
        return failure.exitCode();
    }

    /** From the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Pocket.class.getPackage().getImplementationVersion();
            return new String[]{"pocket " + (version == null ? "development" : version) + ", Java "
                    + System.getProperty("java.vm.version") + " in " + System.getProperty("java.home")};
        }
    }
}
