// What a certificate of a run says in words.
#pragma once
#include "thalweg/trust/run_certificate.hpp"

namespace thalweg {

/// The verdict on all but `certificate.verdict`, which it is to become.
Verdict judge(const RunCertificate& certificate, const AuditedDraws& draws, std::span<const std::string> names,
              const RunCertificateSettings& settings);

}  // namespace thalweg
