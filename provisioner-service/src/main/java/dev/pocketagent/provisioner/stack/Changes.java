package dev.pocketagent.provisioner.stack;

import dev.pocketagent.provisioner.backend.Change;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.stack.StackViews.ChangeView;

/** Changes in words. */
final class Changes {

    private Changes() {}

    static ChangeView view(Change change, StackSpec spec) {
        return switch (change) {
            case Change.CreateNetwork c -> new ChangeView("create", "network", c.part(), "bridge of its own");
            case Change.CreateVolume c -> new ChangeView("create", "volume", c.part(), "");
            case Change.CreateContainer c -> new ChangeView("create", "container", c.part(), shape(spec, c.part()));
            case Change.ReplaceContainer c ->
                new ChangeView("replace", "container", c.part(), c.reason() + "; " + shape(spec, c.part()));
            case Change.StartContainer c -> new ChangeView("start", "container", c.part(), "");
            case Change.AwaitHealthy c ->
                new ChangeView("wait", "container", c.part(), spec.service(c.part()).flatMap(ServiceSpec::health)
                        .map(h -> "healthy within " + h.patience().toSeconds() + " s").orElse("running"));
            case Change.StopContainer c ->
                new ChangeView("stop", "container", c.part(), spec.service(c.part()).map(s -> "within " + s
                        .stopGrace().toSeconds() + " s").orElse("no longer part of the stack"));
            case Change.RemoveContainer c -> new ChangeView("remove", "container", c.part(), "");
            case Change.RemoveNetwork c -> new ChangeView("remove", "network", c.part(), "");
            case Change.RemoveVolume c -> new ChangeView("remove", "volume", c.part(), "with its data");
            case Change.WriteBundle c ->
                new ChangeView("write", "bundle", c.part(), spec.services().size() + " services");
            case Change.RemoveBundle c -> new ChangeView("remove", "bundle", c.part(), "");
        };
    }

    /** Name of the change as an operation's step. */
    static String step(Change change, StackSpec spec) {
        ChangeView view = view(change, spec);
        return view.action() + " " + view.kind() + " " + view.name();
    }

    private static String shape(StackSpec spec, String service) {
        return spec.service(service)
                .map(s -> s.image() + ", " + s.limits().cpuMillis() / 1000.0 + " CPU, " + s.limits().memoryMib()
                        + " MiB")
                .orElse("");
    }
}
