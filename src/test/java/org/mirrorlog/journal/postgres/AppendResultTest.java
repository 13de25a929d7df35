package org.mirrorlog.journal.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mirrorlog.journal.AppendRefusedException;
import org.mirrorlog.journal.JournalException;
import org.mirrorlog.journal.JournalSystem;
import org.mirrorlog.journal.Outcomes;

/** What a server's answers mean, without a server. */
@Timeout(60)
class AppendResultTest {

    private static final int SSL_REQUEST = 80_877_103;
    private static final int GSS_REQUEST = 80_877_104;
    private static final int CLEARTEXT_PASSWORD = 3;

    private static DatabaseWrite.Append append(String id) {
        return new DatabaseWrite.Append(id, "writer", null, 8, List.of(new byte[1]), failure -> { }, 0);
    }

    @Test
    void shouldCallAppendedOnlyWhatTheServerSaysWasAppended() {
        AppendStatement.Result result = new AppendStatement.Result(Set.of("appended"), Map.of("elsewhere", 9L,
                "contended", 7L));
        Outcomes<DatabaseWrite> outcomes = new Outcomes<>("journal at db");
        DatabaseWrite.Append appended = append("appended");
        DatabaseWrite.Append elsewhere = append("elsewhere");
        DatabaseWrite.Append contended = append("contended");
        DatabaseWrite.Append absent = append("absent");

        assertTrue(result.note(appended, outcomes));
        for (DatabaseWrite.Append other : List.of(elsewhere, contended, absent)) {
            assertFalse(result.note(other, outcomes));
        }

        assertNull(outcomes.of(appended));
        assertInstanceOf(AppendRefusedException.class, outcomes.of(elsewhere));
        assertTrue(outcomes.of(contended).getMessage().contains("or is writing now"));
        assertTrue(outcomes.of(absent).getMessage().contains("unknown"), "a log that the answer does not name");
    }

    @Test
    void shouldWaitForAServerButNotForAPassword() {
        for (String state : List.of("28P01", "28000", "3D000", "42501", "08004")) {
            assertTrue(SqlErrors.needsTheOperator(new SQLException("final", state)), state);
        }
        for (String state : List.of("08001", "08006", "57P03", "53300")) {
            assertFalse(SqlErrors.needsTheOperator(new SQLException("may pass", state)), state);
        }
    }

    @Test
    void shouldSayAtOnceThatAPasswordIsMissing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> askForPasswords(listening, asked));
            server.start();
            PostgresSettings settings = PostgresSettings.read(JournalSystem.config(
                    PostgresServer.config(listening.getLocalPort(), "db",
                            "mirrorlog.postgres.start-within = 10 minutes"), Path.of("/nowhere")));

            String message = assertThrows(JournalException.class,
                    () -> PostgresJournal.open(settings, new ServerCheckTest.Lines(), System::nanoTime)).getMessage();

            assertTrue(message.contains("password"), message);
            assertEquals(1, asked.get(), "asked once");
        }
    }

    /** The first words of a server that wants a password. */
    private static void askForPasswords(ServerSocket listening, AtomicInteger asked) {
        try {
            while (true) {
                try (Socket client = listening.accept()) {
                    DataInputStream in = new DataInputStream(client.getInputStream());
                    DataOutputStream out = new DataOutputStream(client.getOutputStream());
                    int length = in.readInt();
                    int code = in.readInt();
                    while (code == SSL_REQUEST || code == GSS_REQUEST) {
                        out.writeByte('N');
                        length = in.readInt();
                        code = in.readInt();
                    }
                    in.skipBytes(length - 8);
                    asked.incrementAndGet();
                    out.writeByte('R');
                    out.writeInt(8);
                    out.writeInt(CLEARTEXT_PASSWORD);
                    in.read();
                }
            }
        } catch (SocketException e) {
            return; // closed: the test is over
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
