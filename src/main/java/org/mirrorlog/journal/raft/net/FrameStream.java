package org.mirrorlog.journal.raft.net;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Frames over a connection: a length of four bytes, then so many bytes. One of length 0 only says "I am here". */
final class FrameStream implements Closeable {

    /** More than the largest message: an append of 32 MiB, and what goes with it. */
    static final int MOST_BYTES = 40 << 20;

    private static final int BUFFER_BYTES = 64 * 1024;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    FrameStream(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES));
        this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER_BYTES));
    }

    void write(byte[] frame) throws IOException {
        out.writeInt(frame.length);
        out.write(frame);
    }

    void flush() throws IOException {
        out.flush();
    }

    /** @throws IOException if it is longer than {@code most}, or the connection ends */
    byte[] read(int most) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > most) {
            throw new IOException("a frame of " + Integer.toUnsignedString(length) + " bytes, where " + most
                    + " are allowed");
        }
        byte[] frame = new byte[length];
        in.readFully(frame);
        return frame;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
