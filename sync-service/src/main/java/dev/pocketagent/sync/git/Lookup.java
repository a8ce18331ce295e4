package dev.pocketagent.sync.git;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;

/** How the name of a remote's host becomes addresses. */
@FunctionalInterface
public interface Lookup {

    /**
     * All addresses of a host.
     *
     * @throws java.net.UnknownHostException when there is no such host
     * @throws java.net.SocketTimeoutException when they are not known within the patience
     */
    InetAddress[] addressesOf(String host, Duration patience) throws IOException;
}
