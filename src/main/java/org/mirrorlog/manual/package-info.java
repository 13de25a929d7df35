/**
 * Manual pages, and what shells complete by: made when the program is built, from the commands themselves and from the
 * comments of the settings. Nothing of it runs in a daemon, and no other room imports it. One thread.
 */
package org.mirrorlog.manual;
