//! Rate limits that many processes keep together, over Redis or Valkey.
