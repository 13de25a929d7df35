package org.mirrorlog.log;

/**
 * The one outstanding resync assignment of a log.
 *
 * @param region being copied
 * @param recoverer who copies it
 */
public record Recovery(long region, InstanceId recoverer) {
}
