package org.mirrorlog.owner;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mirrorlog.log.Answer;
import org.mirrorlog.log.Ask;
import org.mirrorlog.log.Commit;
import org.mirrorlog.log.DeviceHealth;
import org.mirrorlog.log.LogEvent;
import org.mirrorlog.log.LogState;
import org.mirrorlog.log.RegionSet;
import org.mirrorlog.log.RoundAnswer;

/**
 * Decide, persist, write, answer: in this order and not otherwise. Nothing is known of the journal but that it
 * serializes.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LogOwnerTest {
    private static final int BITMAP_AT = 1024;

    private final OwnerStage stage = new OwnerStage("LVM-owner");

    @TempDir
    private Path dir;

    @AfterEach
    void stop() {
        stage.close();
    }

    // --- decide → persist → answer --------------------------------------------------------------------------------

    @Test
    void d3ShouldBeginWithItsOwnEventInTheCommitOfTheFirstRound() {
        stage.resume(OwnerStage.core());

        Commit first = stage.commits().get(0);

        assertEquals(1, stage.commits().size());
        assertEquals(new LogEvent.OwnerChanged("node-a#1"), first.events().get(0));
        assertTrue(first.events().stream().anyMatch(LogEvent.Joined.class::isInstance));
        assertEquals("node-a#1", stage.inspect().owner());
    }

    @Test
    void d3ShouldBeginWithItsOwnEventAgainAfterATakeover() {
        stage.resume(OwnerStage.core());
        stage.mark(5);

        stage.restart(1_000);
        assertEquals(2, stage.commits().size(), "nothing waits, so nothing is written");
        stage.mark(6);

        assertEquals(new LogEvent.OwnerChanged("node-a#1"), stage.commits().get(2).events().get(0));
        stage.mark(7);
        assertFalse(stage.commits().get(3).events().get(0) instanceof LogEvent.OwnerChanged);
    }

    @Test
    void d3ShouldWriteItsEventEvenIfAllThatWaitsIsDenied() {
        RoundAnswer answer = stage.ask(new Ask.SyncCount());

        assertEquals(new Answer.UnknownSession(), answer.answer());
        assertEquals(List.of(new Commit(List.of(new LogEvent.OwnerChanged("node-a#1")))), stage.commits());
        assertEquals(1, answer.logNumber());
    }

    @Test
    void shouldPutEverythingThatWaitsIntoOneCommit() {
        stage.resume(OwnerStage.core());
        long session = stage.session();

        stage.restartBefore(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0),
                stage.round(OwnerStage.A, session, new Ask.Mark(RegionSet.of(5)), 0),
                stage.round(OwnerStage.A, session, new Ask.Mark(RegionSet.of(6)), 0));
        RoundAnswer joined = stage.answer();
        RoundAnswer marked = stage.answer();
        stage.answer();

        assertInstanceOf(Answer.Joined.class, joined.answer());
        assertEquals(new Answer.Done(), marked.answer());
        assertEquals(2, stage.commits().size());
        assertEquals(2, joined.logNumber());
        assertEquals(RegionSet.of(5, 6), stage.inspect().dirty());
    }

    @Test
    void shouldAnswerARoundOnceThoughItsCopiesWaitTogether() {
        stage.resume(OwnerStage.core());
        var mark = stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0);

        stage.restartBefore(mark, mark);

        assertEquals(mark.number(), stage.answer().number());
        stage.assertSilent();
    }

    @Test
    void d1ShouldAnswerNothingAndStopWhenTheJournalFails() {
        stage.resume(OwnerStage.core());
        stage.journal.failNextPersisted(stage.persistenceId());

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));

        stage.assertStops();
        stage.assertSilent();
        stage.restart(1_000);
        assertTrue(stage.inspect().dirty().isEmpty());
        stage.mark(5);
    }

    @Test
    void d1ShouldAnswerNothingAndStopWhenTheJournalRefuses() {
        stage.resume(OwnerStage.core());
        stage.journal.rejectNextPersisted(stage.persistenceId());

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));

        stage.assertStops();
        stage.assertSilent();
    }

    @Test
    void shouldDenyWithoutACommit() {
        stage.resume(OwnerStage.core());

        RoundAnswer answer = stage.ask(new Ask.NextResync());

        assertEquals(new Answer.NoWork(), answer.answer());
        assertEquals(1, stage.commits().size());
        assertEquals(64, answer.syncCount());
        assertEquals(64, answer.provableHint());
    }

    // --- replay ---------------------------------------------------------------------------------------------------

    @Test
    void shouldReplayToTheStateThatItHad() {
        stage.resume(OwnerStage.core());
        stage.mark(5, 6);
        stage.ask(new Ask.SetSync(7, false));
        stage.ask(new Ask.MayWrite(7, false));
        LogState before = stage.inspect();

        stage.restart(1_000);

        assertEquals(before, stage.inspect());
    }

    @Test
    void shouldReplayFromSnapshotsAndKeepFew() {
        stage.restart(5);
        stage.resume(OwnerStage.core());
        for (long region = 0; region < 32; region++) {
            stage.mark(region);
        }
        LogState before = stage.inspect();
        await("events before the snapshots kept are deleted").atMost(20, TimeUnit.SECONDS)
                .until(() -> stage.commits().size() < 33);
        // Two, and the one that the oldest event kept follows. Deleting is the last step: what a restart cuts short
        // stays.
        await("older snapshots are deleted").atMost(20, TimeUnit.SECONDS)
                .until(() -> stage.snapshots.persistedInStorage(stage.persistenceId()).size() <= 3);

        stage.restart(5);

        assertEquals(before, stage.inspect());
        assertEquals(33, before.number());
        stage.mark(40);
        assertEquals(34, stage.inspect().number());
        assertFalse(stage.snapshots.persistedInStorage(stage.persistenceId()).isEmpty());
    }

    @Test
    void d2ShouldHoldEverythingWhileTheJournalIsShorterThanWhatWasAnswered() {
        stage.resume(OwnerStage.core());
        long session = stage.session();
        stage.restart(1_000);

        stage.send(stage.round(OwnerStage.A, session, new Ask.Mark(RegionSet.of(5)), 2));
        stage.assertStops();
        stage.assertSilent();

        assertEquals(1, stage.commits().size());
        stage.restart(1_000);
        assertTrue(stage.inspect().dirty().isEmpty());
    }

    @Test
    void d2ShouldReplayWhenAnInstanceHasSeenMore() {
        stage.resume(OwnerStage.core());

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 2));

        stage.assertStops();
        stage.assertSilent();
    }

    /** Its own commits, made for somebody who has heard of less, do not make up for those that the journal has lost. */
    @Test
    void d2ShouldHoldAlsoWhenTheOwnersCommitsHaveMadeUpForTheLostOnes() {
        stage.resume(OwnerStage.core());
        long session = stage.session();
        stage.restart(1_000);
        stage.send(stage.round(OwnerStage.B, 0, new Ask.Resume(OwnerStage.core()), 0));
        assertEquals(2, stage.answer().logNumber());

        stage.send(stage.round(OwnerStage.A, session, new Ask.Mark(RegionSet.of(5)), 2));

        stage.assertStops();
        stage.assertSilent();
    }

    @Test
    void d2ShouldServeWhoHasHeardOfItsOwnCommits() {
        stage.resume(OwnerStage.core());
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));
        RoundAnswer heard = stage.answer();

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(6)), heard.logNumber(),
                heard.term()));

        assertEquals(new Answer.Done(), stage.answer().answer());
    }

    // --- the device -----------------------------------------------------------------------------------------------

    private Path image() throws IOException {
        Path image = dir.resolve("log");
        Files.write(image, new byte[1 << 16]);
        return image;
    }

    private void open(Path image) throws Exception {
        stage.devices.open(stage.uuid, OwnerStage.A, image.toString(), 64).toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    private static boolean isClean(Path image, int region) throws IOException {
        return (Files.readAllBytes(image)[BITMAP_AT + region / 8] >>> region % 8 & 1) == 1;
    }

    @Test
    void d20ShouldWriteHeaderAndBitmapBeforeTheFirstResumeIsAnswered() throws Exception {
        Path image = image();
        open(image);

        stage.resume(OwnerStage.disk(image.toString()));

        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(image)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0x4D695272, header.getInt());
        assertEquals(2, header.getInt());
        assertEquals(64, header.getLong());
        assertTrue(isClean(image, 5));
    }

    @Test
    void d13ShouldTakeTrailingClearsAfterARestartWithoutTouchingADeviceItHasNotTakenOver() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        stage.mark(5, 6);
        stage.ask(new Ask.Leave());
        stage.restart(1_000);
        open(image);

        for (long region = 5; region <= 6; region++) {
            stage.send(stage.handOn(RegionSet.of(region)));
            assertEquals(new Answer.Done(), stage.answer().answer());
        }

        assertEquals(DeviceHealth.ALIVE, stage.inspect().health());
        assertTrue(stage.inspect().dirty().isEmpty());
        assertFalse(isClean(image, 5));
    }

    @Test
    void d20ShouldTakeTheDeviceOverAnewForAResumeOfATableThatCountsAsResumed() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));

        stage.resume(OwnerStage.disk(image.toString()));
        stage.mark(5);

        assertEquals(DeviceHealth.ALIVE, stage.inspect().health());
        assertFalse(isClean(image, 5));
    }

    @Test
    void s2ShouldWriteTheDeviceAfterTheCommitAndBeforeTheAnswer() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        stage.holdDevice();

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));
        await("device work").atMost(20, TimeUnit.SECONDS).until(() -> stage.heldWork() == 1);

        assertEquals(2, stage.commits().size());
        assertTrue(isClean(image, 5));
        stage.assertSilent();
        stage.releaseDevice();
        assertEquals(new Answer.Done(), stage.answer().answer());
        assertFalse(isClean(image, 5));
        assertTrue(isClean(image, 6));
    }

    @Test
    void d20ShouldGatherWhileTheDeviceIsBusyAndWriteOnceMore() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        stage.holdDevice();
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(5)), 0));
        await("device work").atMost(20, TimeUnit.SECONDS).until(() -> stage.heldWork() == 1);

        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(6)), 0));
        stage.send(stage.round(OwnerStage.A, stage.session(), new Ask.Mark(RegionSet.of(7)), 0));
        stage.assertSilent();
        assertEquals(2, stage.commits().size());
        stage.releaseDevice();

        stage.answer();
        stage.answer();
        stage.answer();
        assertEquals(3, stage.commits().size());
        assertFalse(isClean(image, 6) || isClean(image, 7));
    }

    @Test
    void d20ShouldRewriteTheDeviceAtATakeover() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        stage.mark(5);
        byte[] late = Files.readAllBytes(image);
        late[BITMAP_AT] = (byte) 0xff;
        Files.write(image, late);

        stage.restart(1_000);
        stage.mark(6);

        assertFalse(isClean(image, 5));
        assertFalse(isClean(image, 6));
        assertTrue(isClean(image, 7));
    }

    @Test
    void d20ShouldRepairALateBlockWhenTheLastSessionLeaves() throws Exception {
        Path image = image();
        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        stage.mark(5);
        byte[] late = Files.readAllBytes(image);
        late[BITMAP_AT] = (byte) 0xff;
        Files.write(image, late);

        assertEquals(new Answer.Done(), stage.ask(new Ask.Leave()).answer());

        assertFalse(isClean(image, 5));
    }

    @Test
    void d20ShouldHoldAResumeRatherThanJudgeADeviceThatIsNotOpenHere() throws Exception {
        Path image = image();
        RoundAnswer held = stage.ask(new Ask.Resume(OwnerStage.disk(image.toString())));

        assertInstanceOf(Answer.Held.class, held.answer());
        assertTrue(stage.inspect().geometry().isEmpty(), "no epoch began");

        open(image);
        stage.resume(OwnerStage.disk(image.toString()));
        assertEquals(RegionSet.empty(), stage.inspect().unsynced());
    }
}
