package dev.pocketagent.registry.pocketbase;

class FakePocketBaseTest extends PocketBaseContract {

    @Override
    TestServer startServer() throws Exception {
        return new FakePocketBase();
    }
}
