package dev.pocketagent.provisioner.stack;

import io.quarkus.test.junit.QuarkusIntegrationTest;

/** The same on the packaged service. */
@QuarkusIntegrationTest
class StackAccessIT extends StackAccessTest {}
