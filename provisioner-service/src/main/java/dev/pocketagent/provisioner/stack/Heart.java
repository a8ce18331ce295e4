package dev.pocketagent.provisioner.stack;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import dev.pocketagent.provisioner.backend.Backend;
import dev.pocketagent.provisioner.bundle.BundleBackend;
import dev.pocketagent.provisioner.compose.ComposeSchema;
import dev.pocketagent.provisioner.policy.Policy;
import dev.pocketagent.provisioner.policy.PolicySettings;
import dev.pocketagent.provisioner.template.Catalogue;

/** Makes beans of the plain parts. */
@ApplicationScoped
class Heart {

    @Produces
    @Singleton
    Catalogue catalogue() {
        return Catalogue.shipped();
    }

    @Produces
    @Singleton
    Policy policy(StackConfig config) {
        return new Policy(new PolicySettings(config.images(), PolicySettings.DEFAULT.maxServices(),
                PolicySettings.DEFAULT.maxCpuMillis(),
                PolicySettings.DEFAULT.maxMemoryMib()));
    }

    @Produces
    @Singleton
    Backend bundle(StackConfig config) {
        // The schema takes a quarter of a second to read and is needed by the first bundle only.
        return new BundleBackend(config.bundleDir(), new Once());
    }

    private static final class Once implements java.util.function.Supplier<ComposeSchema> {

        private @org.jspecify.annotations.Nullable ComposeSchema schema;

        @Override
        public synchronized ComposeSchema get() {
            ComposeSchema known = schema;
            if (known == null) {
                known = new ComposeSchema();
                schema = known;
            }
            return known;
        }
    }
}
