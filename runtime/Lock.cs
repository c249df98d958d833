#if !NET9_0_OR_GREATER
namespace Structured.Concurrency;

/// <summary>Stands in for <c>System.Threading.Lock</c> where there is none: a plain object to lock on.</summary>
internal sealed class Lock;
#endif
