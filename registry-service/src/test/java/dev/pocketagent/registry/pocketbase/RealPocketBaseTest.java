package dev.pocketagent.registry.pocketbase;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;

@Tag("slow")
class RealPocketBaseTest extends PocketBaseContract {

    @Override
    TestServer startServer() throws Exception {
        Assumptions.assumeTrue(RealPocketBase.find().isPresent(),
                "PocketBase " + RealPocketBase.VERSION + " is not on this machine; .ci/pocketbase gets it");
        return RealPocketBase.start();
    }
}
