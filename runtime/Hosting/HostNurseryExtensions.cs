using System;
using System.Linq;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Structured.Concurrency.Hosting;

/// <summary>Gives a host a nursery for background work that outlives a request but not the application.</summary>
public static class HostNurseryExtensions
{
    /// <summary>
    /// Registers an <see cref="OwnedNursery"/> as a singleton that lives as long as the host: ask for it in a constructor or an endpoint and start background work in
    /// it. When the host stops it takes no new children, cancels those there are, and waits for them within the host's shutdown timeout. A failing child is logged
    /// and does not disturb its siblings, or stops the host where <see cref="HostNurseryOptions.OnFailure"/> says so.
    /// </summary>
    /// <param name="services">Where to register it.</param>
    /// <param name="configure">Sets the options, now; null for the defaults, or for those of an earlier call.</param>
    /// <returns><paramref name="services"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    /// <exception cref="InvalidOperationException">The nursery was registered before, and <paramref name="configure"/> would come too late.</exception>
    /// <remarks>
    /// Hosted services stop in the reverse order of their registration, so register the nursery before those that use it. Do not dispose of it, and do not look for
    /// it to be disposed of by the container: the host cancels and joins it.
    /// </remarks>
    public static IServiceCollection AddHostNursery(this IServiceCollection services, Action<HostNurseryOptions>? configure = null)
    {
        if (services is null)
            throw new ArgumentNullException(nameof(services));
        if (services.Any(static service => service.ServiceType == typeof(OwnedNursery)))
        {
            if (configure is not null)
                throw new InvalidOperationException("The nursery of the host is registered already: set its options in the first call of AddHostNursery.");
            return services;
        }

        var options = new HostNurseryOptions();
        configure?.Invoke(options);
        var nursery = new HostNursery(options);
        services.AddSingleton(nursery.Nursery);
        services.AddSingleton<IHostedService>(provider => nursery.Attach(
            provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<ILogger<HostNursery>>()));
        return services;
    }
}
