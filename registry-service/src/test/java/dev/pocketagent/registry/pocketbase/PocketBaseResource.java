package dev.pocketagent.registry.pocketbase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;

/** Points the registry under test at a fake that can fail. Runs are by hand only. Fills in fields of its type. */
public class PocketBaseResource implements QuarkusTestResourceLifecycleManager {

    private FakePocketBase server;

    @Override
    public Map<String, String> start() {
        try {
            server = new FakePocketBase();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        new Admin(server).makeCollection("tenants");
        return Map.of(Settings.PREFIX + "url", server.url(), Settings.PREFIX + "identity", TestServer.IDENTITY,
                Settings.PREFIX + "password-file", TestSettings.secret(TestServer.PASSWORD),
                Settings.PREFIX + "interval", "0s", Settings.PREFIX + "timeout", "2s",
                Settings.PREFIX + "states.paused", "suspended");
    }

    @Override
    public void inject(TestInjector injector) {
        // Not MatchesType, which would fill fields of its interface, too.
        injector.injectIntoFields(server, field -> field.getType() == FakePocketBase.class);
    }

    @Override
    public void stop() {
        server.close();
    }
}
