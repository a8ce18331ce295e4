package dev.pocketagent.provisioner.engine.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * A byte stream with an absolute deadline. The channel is non-blocking with a selector of its own: a blocking read on a unix channel knows
 * no timeout, and this way none needs a second thread that closes it.
 */
final class Connection implements AutoCloseable {

    private static final long TICK_MILLIS = 500;

    private final EngineAddress address;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final Waiting waiting;
    private final long deadlineNanos;
    private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024).limit(0);

    private Connection(EngineAddress address, SocketChannel channel, Selector selector, Waiting waiting,
            long deadlineNanos)
            throws IOException {
        this.address = address;
        this.channel = channel;
        this.selector = selector;
        this.waiting = waiting;
        this.deadlineNanos = deadlineNanos;
        channel.configureBlocking(false);
        this.key = channel.register(selector, 0);
    }

    /** @throws EngineException of kind UNREACHABLE, also when the deadline passes, or ABANDONED */
    static Connection open(EngineAddress address, Waiting waiting) throws EngineException {
        long deadline = System.nanoTime() + waiting.limit().toNanos();
        try {
            SocketAddress target;
            SocketChannel channel;
            switch (address) {
                case EngineAddress.Unix unix -> {
                    target = UnixDomainSocketAddress.of(unix.path());
                    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                }
                case EngineAddress.Tcp tcp -> {
                    InetSocketAddress resolved = new InetSocketAddress(tcp.host(), tcp.port());
                    if (resolved.isUnresolved()) {
                        throw new EngineException(EngineException.Kind.UNREACHABLE,
                                address + ": the host name is unknown");
                    }
                    target = resolved;
                    channel = SocketChannel.open();
                }
            }
            Selector selector = null;
            try {
                selector = Selector.open();
                Connection connection = new Connection(address, channel, selector, waiting, deadline);
                connection.connect(target);
                return connection;
            } catch (IOException | RuntimeException e) {
                channel.close();
                if (selector != null) {
                    selector.close();
                }
                throw e;
            }
        } catch (EngineException e) {
            throw e.kind() == EngineException.Kind.TIMEOUT
                    ? new EngineException(EngineException.Kind.UNREACHABLE,
                            address + ": no connection within " + seconds(waiting.limit().toMillis()) + " s", e)
                    : e;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            throw new EngineException(EngineException.Kind.UNREACHABLE, address + ": " + plain(e), e);
        }
    }

    private void connect(SocketAddress target) throws IOException {
        if (!channel.connect(target)) {
            do {
                await(SelectionKey.OP_CONNECT);
            } while (!channel.finishConnect());
        }
    }

    /** Everything or an exception. */
    void write(ByteBuffer bytes) throws EngineException {
        try {
            while (bytes.hasRemaining()) {
                if (channel.write(bytes) == 0) {
                    await(SelectionKey.OP_WRITE);
                }
            }
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw broken("the connection broke while asking: " + plain(e), e);
        }
    }

    /** The next byte, or -1 at the end. */
    int read() throws EngineException {
        return fill() ? buffer.get() & 0xff : -1;
    }

    /** At least one byte, or -1 at the end. */
    int read(byte[] into, int offset, int length) throws EngineException {
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(into, offset, count);
        return count;
    }

    private boolean fill() throws EngineException {
        if (buffer.hasRemaining()) {
            return true;
        }
        buffer.clear();
        try {
            int count = channel.read(buffer);
            while (count == 0) {
                await(SelectionKey.OP_READ);
                count = channel.read(buffer);
            }
            buffer.flip();
            return count > 0;
        } catch (EngineException e) {
            buffer.limit(0);
            throw e;
        } catch (IOException e) {
            buffer.limit(0);
            throw broken("the connection broke while answering: " + plain(e), e);
        }
    }

    private void await(int operation) throws EngineException, IOException {
        key.interestOps(operation);
        while (true) {
            if (Thread.currentThread().isInterrupted() || !waiting.goOn().getAsBoolean()) {
                throw new EngineException(EngineException.Kind.ABANDONED, address + ": given up before the answer");
            }
            long left = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime()) + 1;
            if (deadlineNanos - System.nanoTime() <= 0) {
                throw new EngineException(EngineException.Kind.TIMEOUT,
                        address + ": no answer within " + seconds(waiting.limit().toMillis()) + " s");
            }
            int ready = selector.select(Math.min(left, TICK_MILLIS));
            selector.selectedKeys().clear();
            if (ready > 0) {
                return;
            }
        }
    }

    /** What is left of the stream, as it comes, without any framing. */
    InputStream rest() {
        return new InputStream() {
            @Override
            public int read() throws EngineException {
                return Connection.this.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws EngineException {
                return length == 0 ? 0 : Connection.this.read(into, offset, length);
            }
        };
    }

    /** What is written here goes out as chunks; closing it ends the body, not the connection. */
    OutputStream chunks() {
        return new ChunkedOutput(this);
    }

    EngineException broken(String what) {
        return new EngineException(EngineException.Kind.BROKEN, address + ": " + what);
    }

    private EngineException broken(String what, IOException cause) {
        return new EngineException(EngineException.Kind.BROKEN, address + ": " + what, cause);
    }

    private static String plain(Exception e) {
        String message = e.getMessage();
        if (message == null) {
            return e instanceof ConnectException ? "connection refused" : "it cannot be opened";
        }
        return message;
    }

    private static String seconds(long millis) {
        return millis % 1000 == 0 ? Long.toString(millis / 1000) : Double.toString(millis / 1000.0);
    }

    @Override
    public void close() {
        try {
            selector.close();
        } catch (IOException ignored) {
            // Closing is all that can be done with it.
        }
        try {
            channel.close();
        } catch (IOException ignored) {
            // Closing is all that can be done with it.
        }
    }
}
