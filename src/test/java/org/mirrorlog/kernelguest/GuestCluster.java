package org.mirrorlog.kernelguest;

import java.util.List;
import org.mirrorlog.fleet.LoopbackNet;

/**
 * Two daemons that are one cluster, each serving a guest of its own.
 *
 * @param url of the journal that they share
 */
record GuestCluster(LoopbackNet net, String url) {
    /** The lab's daemon will be number 1 or 2 of the cluster. Before its start only. */
    KernelLab node(KernelLab lab, int number, String name) {
        List.of("-Dconfig.file=deploy/cluster/loopback.conf", "-Dmirrorlog.cluster.host=" + net.host(number),
                "-Dmirrorlog.cluster.seeds=" + LoopbackNet.endpoint(net.host(1)) + ","
                + LoopbackNet.endpoint(net.host(2)),
                "-Dmirrorlog.postgres.url=" + url, "-Dmirrorlog.node-name=" + name,
                "-Dakka.management.http.hostname=127.0.0.1", "-Dakka.management.http.bind-hostname=127.0.0.1")
                .forEach(lab::daemonSetting);
        return lab;
    }
}
