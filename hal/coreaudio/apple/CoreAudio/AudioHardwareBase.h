/* AudioHardwareBase.h - objects, selectors and errors of Core Audio's object
   model, declared anew from its documentation for builds without an SDK.
   SPDX-License-Identifier: MIT */
#ifndef VSC_APPLE_AUDIO_HARDWARE_BASE_H
#define VSC_APPLE_AUDIO_HARDWARE_BASE_H

#include <CoreAudio/CoreAudioTypes.h>

typedef UInt32 AudioObjectID;
typedef UInt32 AudioClassID;
typedef UInt32 AudioObjectPropertySelector;
typedef UInt32 AudioObjectPropertyScope;
typedef UInt32 AudioObjectPropertyElement;

typedef struct AudioObjectPropertyAddress {
  AudioObjectPropertySelector mSelector;
  AudioObjectPropertyScope mScope;
  AudioObjectPropertyElement mElement;
} AudioObjectPropertyAddress;
VSC_SIZE(AudioObjectPropertyAddress, 12);

#define kAudioObjectUnknown ((AudioObjectID)0)
#define kAudioObjectPlugInObject ((AudioObjectID)1)
#define kAudioObjectPropertyElementMain ((AudioObjectPropertyElement)0)

enum {
  kAudioObjectPropertyScopeGlobal = VSC_FOURCC('g', 'l', 'o', 'b'),
  kAudioObjectPropertyScopeInput = VSC_FOURCC('i', 'n', 'p', 't'),
  kAudioObjectPropertyScopeOutput = VSC_FOURCC('o', 'u', 't', 'p'),
  kAudioObjectPropertyScopePlayThrough = VSC_FOURCC('p', 't', 'r', 'u'),
};
enum {
  kAudioObjectClassID = VSC_FOURCC('a', 'o', 'b', 'j'),
  kAudioPlugInClassID = VSC_FOURCC('a', 'p', 'l', 'g'),
  kAudioDeviceClassID = VSC_FOURCC('a', 'd', 'e', 'v'),
  kAudioStreamClassID = VSC_FOURCC('a', 's', 't', 'r'),
};
enum {
  kAudioHardwareNoError = 0,
  kAudioHardwareUnspecifiedError = VSC_FOURCC('w', 'h', 'a', 't'),
  kAudioHardwareUnknownPropertyError = VSC_FOURCC('w', 'h', 'o', '?'),
  kAudioHardwareBadPropertySizeError = VSC_FOURCC('!', 's', 'i', 'z'),
  kAudioHardwareIllegalOperationError = VSC_FOURCC('n', 'o', 'p', 'e'),
  kAudioHardwareBadObjectError = VSC_FOURCC('!', 'o', 'b', 'j'),
  kAudioHardwareBadDeviceError = VSC_FOURCC('!', 'd', 'e', 'v'),
  kAudioHardwareUnsupportedOperationError = VSC_FOURCC('u', 'n', 'o', 'p'),
  kAudioDeviceUnsupportedFormatError = VSC_FOURCC('!', 'd', 'a', 't'),
};
/* Every object. */
enum {
  kAudioObjectPropertyBaseClass = VSC_FOURCC('b', 'c', 'l', 's'),
  kAudioObjectPropertyClass = VSC_FOURCC('c', 'l', 'a', 's'),
  kAudioObjectPropertyOwner = VSC_FOURCC('s', 't', 'd', 'v'),
  kAudioObjectPropertyName = VSC_FOURCC('l', 'n', 'a', 'm'),
  kAudioObjectPropertyModelName = VSC_FOURCC('l', 'm', 'o', 'd'),
  kAudioObjectPropertyManufacturer = VSC_FOURCC('l', 'm', 'a', 'k'),
  kAudioObjectPropertyElementName = VSC_FOURCC('l', 'c', 'h', 'n'),
  kAudioObjectPropertyElementCategoryName = VSC_FOURCC('l', 'c', 'c', 'n'),
  kAudioObjectPropertyElementNumberName = VSC_FOURCC('l', 'c', 'n', 'n'),
  kAudioObjectPropertyOwnedObjects = VSC_FOURCC('o', 'w', 'n', 'd'),
  kAudioObjectPropertyIdentify = VSC_FOURCC('i', 'd', 'e', 'n'),
  kAudioObjectPropertySerialNumber = VSC_FOURCC('s', 'n', 'u', 'm'),
  kAudioObjectPropertyFirmwareVersion = VSC_FOURCC('f', 'w', 'v', 'n'),
  kAudioObjectPropertyCustomPropertyInfoList = VSC_FOURCC('c', 'u', 's', 't'),
};
/* The plug-in. */
enum {
  kAudioPlugInPropertyBundleID = VSC_FOURCC('p', 'i', 'i', 'd'),
  kAudioPlugInPropertyDeviceList = VSC_FOURCC('d', 'e', 'v', '#'),
  kAudioPlugInPropertyTranslateUIDToDevice = VSC_FOURCC('u', 'i', 'd', 'd'),
  kAudioPlugInPropertyBoxList = VSC_FOURCC('b', 'o', 'x', '#'),
  kAudioPlugInPropertyTranslateUIDToBox = VSC_FOURCC('u', 'i', 'd', 'b'),
  kAudioPlugInPropertyClockDeviceList = VSC_FOURCC('c', 'l', 'k', '#'),
  kAudioPlugInPropertyTranslateUIDToClockDevice =
    VSC_FOURCC('u', 'i', 'd', 'c'),
  kAudioPlugInPropertyResourceBundle = VSC_FOURCC('r', 's', 'r', 'c'),
};
/* A device. */
enum {
  kAudioDevicePropertyConfigurationApplication = VSC_FOURCC('c', 'a', 'p', 'p'),
  kAudioDevicePropertyDeviceUID = VSC_FOURCC('u', 'i', 'd', ' '),
  kAudioDevicePropertyModelUID = VSC_FOURCC('m', 'u', 'i', 'd'),
  kAudioDevicePropertyTransportType = VSC_FOURCC('t', 'r', 'a', 'n'),
  kAudioDevicePropertyRelatedDevices = VSC_FOURCC('a', 'k', 'i', 'n'),
  kAudioDevicePropertyClockDomain = VSC_FOURCC('c', 'l', 'k', 'd'),
  kAudioDevicePropertyDeviceIsAlive = VSC_FOURCC('l', 'i', 'v', 'n'),
  kAudioDevicePropertyDeviceIsRunning = VSC_FOURCC('g', 'o', 'i', 'n'),
  kAudioDevicePropertyDeviceCanBeDefaultDevice = VSC_FOURCC('d', 'f', 'l', 't'),
  kAudioDevicePropertyDeviceCanBeDefaultSystemDevice =
    VSC_FOURCC('s', 'f', 'l', 't'),
  kAudioDevicePropertyLatency = VSC_FOURCC('l', 't', 'n', 'c'),
  kAudioDevicePropertyStreams = VSC_FOURCC('s', 't', 'm', '#'),
  kAudioObjectPropertyControlList = VSC_FOURCC('c', 't', 'r', 'l'),
  kAudioDevicePropertySafetyOffset = VSC_FOURCC('s', 'a', 'f', 't'),
  kAudioDevicePropertyNominalSampleRate = VSC_FOURCC('n', 's', 'r', 't'),
  kAudioDevicePropertyAvailableNominalSampleRates =
    VSC_FOURCC('n', 's', 'r', '#'),
  kAudioDevicePropertyIcon = VSC_FOURCC('i', 'c', 'o', 'n'),
  kAudioDevicePropertyIsHidden = VSC_FOURCC('h', 'i', 'd', 'n'),
  kAudioDevicePropertyPreferredChannelsForStereo =
    VSC_FOURCC('d', 'c', 'h', '2'),
  kAudioDevicePropertyPreferredChannelLayout = VSC_FOURCC('s', 'r', 'n', 'd'),
  kAudioDevicePropertyZeroTimeStampPeriod = VSC_FOURCC('r', 'i', 'n', 'g'),
  kAudioDevicePropertyClockAlgorithm = VSC_FOURCC('c', 'l', 'o', 'k'),
  kAudioDevicePropertyClockIsStable = VSC_FOURCC('c', 's', 't', 'b'),
};
enum {
  kAudioDeviceTransportTypeVirtual = VSC_FOURCC('v', 'i', 'r', 't'),
  kAudioDeviceClockAlgorithmRaw = VSC_FOURCC('r', 'a', 'w', 'w'),
};
/* A stream. */
enum {
  kAudioStreamPropertyIsActive = VSC_FOURCC('s', 'a', 'c', 't'),
  kAudioStreamPropertyDirection = VSC_FOURCC('s', 'd', 'i', 'r'),
  kAudioStreamPropertyTerminalType = VSC_FOURCC('t', 'e', 'r', 'm'),
  kAudioStreamPropertyStartingChannel = VSC_FOURCC('s', 'c', 'h', 'n'),
  kAudioStreamPropertyLatency = kAudioDevicePropertyLatency,
  kAudioStreamPropertyVirtualFormat = VSC_FOURCC('s', 'f', 'm', 't'),
  kAudioStreamPropertyAvailableVirtualFormats = VSC_FOURCC('s', 'f', 'm', 'a'),
  kAudioStreamPropertyPhysicalFormat = VSC_FOURCC('p', 'f', 't', ' '),
  kAudioStreamPropertyAvailablePhysicalFormats = VSC_FOURCC('p', 'f', 't', 'a'),
};
enum { kAudioStreamTerminalTypeLine = VSC_FOURCC('l', 'i', 'n', 'e') };

#endif
