/**
 * What is wrong with a daemon, its cluster and its logs, as a fixed list of codes: {@link
 * org.mirrorlog.health.HealthCode} says what there may be, {@link org.mirrorlog.health.HealthBook} keeps since when
 * there is, {@link org.mirrorlog.health.EventBook} what has happened. Pure: who looks, and how often, is not this
 * room's business.
 */
package org.mirrorlog.health;
