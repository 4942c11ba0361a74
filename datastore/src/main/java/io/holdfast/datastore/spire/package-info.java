/** SPIRE's records, and who may do what according to them. */
package io.holdfast.datastore.spire;
