package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.campaign.Account.Rights;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.testbed.Certificates;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An account, or the server's certificate, that is changed under a store in use and changed back:
 * who uses the store is told what is wrong, goes on by itself, and nothing is lost.
 */
@Timeout(900)
abstract class AccountChangeContract {

  /** An account on a server without TLS. */
  abstract Account plain();

  /** An account on a server that shows the certificate which is in these files. */
  abstract Account withTls(Certificates.Identity shown);

  /** What the server can be made to show. */
  List<Certificates.Identity> badCertificates() {
    return List.of(Certificates.expired(), Certificates.otherHost());
  }

  private static Outage using(Account account, String word) {
    return new Outage(account.url(), Account.PASSWORD, denied(word));
  }

  private static Predicate<StoreException> denied(String word) {
    return told ->
        told instanceof StoreException.Unusable unusable
            && unusable.reason() == Reason.ACCESS_DENIED
            && unusable.getMessage().contains(word);
  }

  /** Everybody who uses the store is told, and so is who opens it now. */
  private static void assertTrouble(Account account, Outage outage, String word) {
    StoreException told = outage.refusal(() -> Store.open(account.url()).close());
    assertTrue(denied(word).test(told), told::toString);
    assertFalse(told.getMessage().contains(Account.PASSWORD), told::getMessage);
    outage.awaitTrouble();
  }

  @Test
  void aPasswordThatIsChangedAndSetBackLosesNothing() throws Exception {
    try (Account account = plain();
        Outage outage = using(account, "password")) {
      account.setPassword("another-one");
      account.endConnections();
      assertTrouble(account, outage, "password");
      account.setPassword(Account.PASSWORD);
      assertRecovered(outage, "password");
    }
  }

  @Test
  void rightsThatAreTakenAwayAndGivenBackLoseNothing() throws Exception {
    try (Account account = plain();
        Outage outage = using(account, "right")) {
      account.allow(Rights.READ);
      outage.awaitRefusedWriters();
      outage.assertRead();
      account.allow(Rights.NONE);
      assertTrouble(account, outage, "right");
      account.allow(Rights.ALL);
      assertRecovered(outage, "rights");
    }
  }

  @Test
  void aCertificateThatIsReplacedByABadOneAndBackLosesNothing() throws Exception {
    try (Account account = withTls(Certificates.server().copy());
        Outage outage = using(account, "TLS")) {
      for (Certificates.Identity bad : badCertificates()) {
        account.present(bad);
        account.endConnections();
        assertTrouble(account, outage, "TLS");
      }
      account.present(Certificates.server());
      assertRecovered(outage, "certificate");
    }
  }

  private void assertRecovered(Outage outage, String what) throws InterruptedException {
    String recovery = outage.awaitRecovery(System.nanoTime());
    outage.check();
    System.out.printf(
        "[account] %s, %s changed back: %s; %s%n",
        getClass().getSimpleName(), what, recovery, outage.told());
  }
}
