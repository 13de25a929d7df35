package org.mirrorlog.journal.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** Stands between a journal and its server, and can lose the server's next answer together with the connection. */
public final class CuttingProxy implements AutoCloseable {

    private static final int BUFFER_BYTES = 1 << 16;
    private static final int READY_BYTES = 6;

    private final ServerSocket door;
    private final int serverPort;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final Set<Socket> hushed = ConcurrentHashMap.newKeySet();
    private volatile String cutAfterRequestWith;

    public CuttingProxy(int serverPort) throws IOException {
        this.serverPort = serverPort;
        this.door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    public int port() {
        return door.getLocalPort();
    }

    /** The answer to the next request that holds this text is taken from the server in whole, then lost. */
    public void cutAnswerTo(String text) {
        cutAfterRequestWith = text;
    }

    /** A cut that was asked for and has not happened yet will not happen. */
    public void cutNothing() {
        cutAfterRequestWith = null;
    }

    /** Whether the cut that was asked for has happened. */
    public boolean hasCut() {
        return cutAfterRequestWith == null;
    }

    /** Nothing passes any more through the connections that are open now, and they stay open; new ones are served. */
    public void hush() {
        hushed.addAll(sockets);
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = door.accept();
                Socket server;
                try {
                    server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                } catch (IOException e) {
                    client.close(); // the server is away: so is this door
                    continue;
                }
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                sockets.add(client);
                sockets.add(server);
                AtomicBoolean isCut = new AtomicBoolean();
                thread(() -> toServer(client, server, isCut));
                thread(() -> toClient(server, client, isCut));
            }
        } catch (IOException e) {
            // Closed, or a client that has gone already.
            if (!door.isClosed()) {
                thread(this::accept);
            }
        }
    }

    private void toServer(Socket client, Socket server, AtomicBoolean isCut) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = client.getInputStream();
            OutputStream out = server.getOutputStream();
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                String wanted = cutAfterRequestWith;
                if (wanted != null && new String(buffer, 0, read, java.nio.charset.StandardCharsets.ISO_8859_1)
                        .contains(wanted)) {
                    isCut.set(true);
                    cutAfterRequestWith = null;
                }
                if (!hushed.contains(client)) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException e) {
            // The other side has gone; so does this one.
            isCut.set(true);
        }
        close(client, server);
    }

    private static void toClient(Socket server, Socket client, AtomicBoolean isCut) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = server.getInputStream();
            OutputStream out = client.getOutputStream();
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                if (!isCut.get()) {
                    out.write(buffer, 0, read);
                } else if (read >= READY_BYTES && buffer[read - READY_BYTES] == 'Z') {
                    // ReadyForQuery: the commit is done.
                    break;
                }
            }
        } catch (IOException e) {
            // The other side has gone; so does this one.
            isCut.set(true);
        }
        close(client, server);
    }

    private static void close(Socket... both) {
        for (Socket socket : both) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        door.close();
        close(sockets.toArray(Socket[]::new));
    }
}
