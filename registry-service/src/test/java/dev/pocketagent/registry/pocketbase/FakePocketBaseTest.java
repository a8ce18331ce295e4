package dev.pocketagent.registry.pocketbase;

import org.junit.jupiter.api.Tag;

@Tag("slow")
class FakePocketBaseTest extends PocketBaseContract {

    @Override
    TestServer startServer() throws Exception {
        return new FakePocketBase();
    }
}
